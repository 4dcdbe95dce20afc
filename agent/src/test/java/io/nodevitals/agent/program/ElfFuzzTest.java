// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nodevitals.agent.program.SharedObject.VersionNeed;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reader of ELF files: headers, dynamic section, symbols, versions, notes. */
class ElfFuzzTest {
    static Stream<byte[]> files() {
        return ElfSeeds.all();
    }

    @MethodSource("files")
    @FuzzTest(maxDuration = "10m")
    void aFileIsReadWithinBoundsOrIsBroken(byte[] file) {
        read(file, Integer.MAX_VALUE);
        // Cut by its owner between two reads.
        for (int length : new int[] {0, 63, file.length / 2, file.length - 1}) {
            read(file, Math.max(length, 0));
        }
    }

    /** The record of a failed exec has a head and no more; nobody may be able to look at the file. */
    @MethodSource("files")
    @FuzzTest(maxDuration = "10m")
    void aHeadAloneIsEnough(byte[] file) {
        byte[] head = Arrays.copyOf(file, Math.min(file.length, 256));
        if (ElfFile.isElf(head)) {
            ElfFile elf = ElfFile.parse(head, offset -> null);
            assertThat(elf.interpreter() == null ? "" : elf.interpreter()).doesNotContain("\0");
            assertThat(elf.architecture()).isNotEmpty();
            assertThat(elf.headersRead() && elf.segments().isEmpty()).isFalse();
        }
    }

    private static void read(byte[] file, int cut) {
        CountedFile counted = new CountedFile(file);
        try {
            FileBytes bytes = new FileBytes(counted);
            counted.truncate(cut);
            inspect(bytes);
        } catch (BrokenElfException broken) {
            assertThat(broken.defect()).isNotEmpty();
        }
        assertThat(counted.askedBytes()).isLessThanOrEqualTo(FileBytes.HEAD + FileBytes.BUDGET);
        assertThat(counted.reads()).isLessThanOrEqualTo(1 + FileBytes.MAX_READS);
    }

    private static void inspect(FileBytes bytes) throws BrokenElfException {
        if (!ElfFile.isElf(bytes.head())) {
            return;
        }
        ElfFile elf = Libraries.parse(bytes);
        assertThat(elf.segments()).hasSizeLessThanOrEqualTo(ElfFile.MAX_HEADERS);
        assertThat(elf.architecture()).isNotEmpty();
        assertThat(elf.isFor(elf)).isTrue();
        if (elf.interpreter() != null) {
            assertThat(elf.interpreter()).doesNotContain("\0").hasSizeLessThan(4096);
        }
        if (elf.defect() != null) {
            return;
        }
        SharedObject dynamic = new DynamicReader(elf, bytes).read();
        Hardening hardening = Hardening.of(elf, dynamic, bytes);
        assertThat(hardening.goBuildId() == null ? 0 : hardening.goBuildId().length())
                .isLessThanOrEqualTo(4096);
        if (dynamic != null) {
            check(dynamic);
        }
    }

    private static void check(SharedObject dynamic) {
        assertThat(dynamic.needed()).hasSizeLessThanOrEqualTo(1024);
        assertThat(dynamic.versionsNeeded()).hasSizeLessThanOrEqualTo(4096);
        assertThat(
                        dynamic.versionsDefined() == null
                                ? 0
                                : dynamic.versionsDefined().size())
                .isLessThanOrEqualTo(4096);
        long characters = 0;
        for (String name : dynamic.needed()) {
            assertThat(name).doesNotContain("\0");
            characters += name.length();
        }
        for (VersionNeed need : dynamic.versionsNeeded()) {
            characters += need.library().length() + need.version().length();
        }
        assertThat(characters).isLessThanOrEqualTo(DynamicReader.MAX_NAMES);
        assertThat(dynamic.weight()).isGreaterThan(characters);
        assertThat(dynamic.wantedAtStart()).allMatch(name -> name.indexOf('\0') < 0);
    }
}
