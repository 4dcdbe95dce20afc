// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;

/** Whatever a file says of itself: a verdict, or what is broken, from a bounded part of it. */
class ElfFuzzTest {
    /** As much of a file as its other readers may ask for, and its head. */
    private static final long MOST_BYTES = (128L << 20) + (64 << 10);

    private long bytesRead;

    @FuzzTest
    void anElfFileIsReadOrBroken(byte[] file) {
        bytesRead = 0;
        try {
            FileBytes bytes = new FileBytes((offset, length) -> read(file, offset, length));
            if (!ElfFile.isElf(bytes.head())) {
                return;
            }
            ElfFile elf = Libraries.parse(bytes);
            assertThat(elf.segments().size()).isLessThanOrEqualTo(ElfFile.MAX_HEADERS);
            assertName(elf.interpreter());
            SharedObject dynamic = new DynamicReader(elf, bytes).read();
            if (dynamic != null) {
                assertSane(dynamic);
            }
            Hardening hardening = Hardening.of(elf, dynamic, bytes);
            assertThat(hardening.relro()).isIn("none", "partial", "full");
        } catch (BrokenElfException broken) {
            assertThat(broken.getMessage()).isNotBlank();
        }
        assertThat(bytesRead).isLessThanOrEqualTo(MOST_BYTES);
    }

    /** exec's record has the head alone: nobody can look at more. */
    @FuzzTest
    void aHeadAloneIsEnough(byte[] file) {
        byte[] head = Arrays.copyOf(file, Math.min(file.length, 256));
        if (ElfFile.isElf(head)) {
            ElfFile elf = ElfFile.parse(head, offset -> null);
            assertName(elf.interpreter());
            assertThat(elf.architecture()).isNotBlank();
            assertThat(elf.loadedEnd()).isEqualTo(elf.loadedEnd());
        }
    }

    private static void assertSane(SharedObject dynamic) {
        List<String> names = dynamic.needed();
        names.forEach(ElfFuzzTest::assertName);
        assertName(dynamic.soname());
        dynamic.versionsNeeded().forEach(need -> {
            assertName(need.library());
            assertName(need.version());
        });
        assertThat(dynamic.weight()).isBetween(0L, 1L << 30);
    }

    private static void assertName(String name) {
        if (name != null) {
            assertThat(name.indexOf('\0')).isNegative();
        }
    }

    private byte[] read(byte[] file, long offset, int length) {
        assertThat(offset).isNotNegative();
        int from = (int) Math.min(offset, file.length);
        byte[] found = Arrays.copyOfRange(file, from, (int) Math.min((long) from + length, file.length));
        bytesRead += length;
        return found;
    }
}
