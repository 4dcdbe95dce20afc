// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.diagnose.DiagnoserSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElfFileTest {

    @ParameterizedTest
    @CsvSource({
        "true, true, 62, x86_64", "false, true, 3, i386", "true, true, 183, aarch64", "true, false, 183, aarch64_be",
        "false, true, 40, arm", "true, false, 22, s390x", "true, true, 21, ppc64le", "true, false, 21, ppc64",
        "false, false, 8, mips", "true, true, 243, riscv64", "true, true, 4660, ELF machine 4660"
    })
    void theInterpreterIsFoundInEveryLayout(boolean wide, boolean little, int machine, String architecture) {
        ElfImage image = new ElfImage().machine(machine).interpreter("/lib/ld.so.1");
        if (!wide) {
            image.narrow();
        }
        if (!little) {
            image.bigEndian();
        }
        ElfFile elf = whole(image.bytes());

        assertThat(elf.architecture()).isEqualTo(architecture);
        assertThat(elf.interpreter()).isEqualTo("/lib/ld.so.1");
        assertThat(elf.defect()).isNull();
    }

    @Test
    void aNameBeyondTheHeadIsAskedFor() {
        byte[] file = new ElfImage()
                .interpreter("/lib/far")
                .interpreterAt(9000, 10_000)
                .bytes();
        ElfFile elf = ElfFile.parse(
                Arrays.copyOf(file, 256),
                offset -> Arrays.copyOfRange(file, (int) offset, Math.min(file.length, (int) offset + 4096)));

        assertThat(elf.interpreter()).isEqualTo("/lib/far");
    }

    @Test
    void aHeadAloneIsNoDefect() {
        byte[] file = new ElfImage().interpreter("/lib/far").bytes();
        ElfFile elf = ElfFile.parse(Arrays.copyOf(file, 256), offset -> null);

        assertThat(elf.interpreter()).isNull();
        assertThat(elf.defect()).isNull();
        assertThat(elf.headersRead()).isFalse();
    }

    @Test
    void aStaticProgramHasNoInterpreter() {
        ElfFile elf = whole(new ElfImage().bytes());

        assertThat(elf.interpreter()).isNull();
        assertThat(elf.headersRead()).isTrue();
        assertThat(elf.defect()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"4", "19", "63"})
    void aFileThatEndsInItsHeaderSaysSo(int length) {
        assertThat(whole(Arrays.copyOf(new ElfImage().bytes(), length)).defect())
                .isEqualTo("ends inside its ELF header");
    }

    @Test
    void aFileThatEndsInItsProgramHeadersSaysSo() {
        assertThat(whole(Arrays.copyOf(new ElfImage().bytes(), 100)).defect())
                .isEqualTo("ends before its program headers");
    }

    @Test
    void anObjectFileIsNoProgram() {
        assertThat(whole(new ElfImage().type(1).bytes()).defect()).contains("no program");
    }

    @Test
    void thisJvmIsReadAsWhatItIs() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin/java");
        Assumptions.assumeTrue(Files.isReadable(java), "SKIPPED: no java launcher at " + java);
        ElfFile elf = whole(Files.readAllBytes(java));

        assertThat(elf.machine()).isEqualTo(DiagnoserSettings.elfMachine(System.getProperty("os.arch")));
        assertThat(elf.interpreter()).startsWith("/lib").contains("ld-");
        assertThat(Path.of(elf.interpreter())).exists();
    }

    @Property
    void anyBytesGiveAValueAndReadNothingOutOfBounds(@ForAll("elfLike") byte[] head, @ForAll byte[] beyond) {
        ElfFile elf = ElfFile.parse(head, offset -> {
            assertThat(offset).isNotNegative();
            return beyond;
        });

        String interpreter = elf.interpreter();
        assertThat(interpreter == null || interpreter.length() < 4096).isTrue();
        assertThat(elf.architecture()).isNotEmpty();
    }

    @Property
    void aMutatedFileGivesAValue(
            @ForAll @IntRange(max = 1023) int at,
            @ForAll byte value,
            @ForAll @IntRange(min = 4, max = 1024) int length) {
        byte[] file = new ElfImage().interpreter("/lib64/ld-linux-x86-64.so.2").bytes();
        file[at] = value;
        byte[] cut = Arrays.copyOf(file, length);
        if (ElfFile.isElf(cut)) {
            ElfFile elf = whole(cut);
            assertThat(elf.interpreter() == null || elf.defect() == null).isTrue();
        }
    }

    @Provide
    Arbitrary<byte[]> elfLike() {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofMinSize(4)
                .ofMaxSize(300)
                .map(bytes -> {
                    byte[] magic = {0x7f, 'E', 'L', 'F'};
                    System.arraycopy(magic, 0, bytes, 0, 4);
                    return bytes;
                });
    }

    private static ElfFile whole(byte[] file) {
        return ElfFile.parse(
                file,
                offset -> offset >= file.length
                        ? new byte[0]
                        : Arrays.copyOfRange(file, (int) offset, (int) Math.min(file.length, offset + 4096)));
    }
}
