// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ElfObjectTest {
    private static final byte[] EXIT = ProbeCatalog.image("x86_64", "exit");

    @Test
    void programsAreTheGlobalFunctionsWithTheirSections() {
        assertThat(ElfObject.parse(EXIT).programs())
                .extracting(ElfObject.Symbol::name, ElfObject.Symbol::section)
                .contains(tuple("exit__tp_btf", "?tp_btf/sched_process_exit"))
                .allSatisfy(
                        tuple -> assertThat(tuple.toList().get(0).toString()).contains("__"));
    }

    @Test
    void knobsLieInReadOnlyDataOneBesideTheOther() {
        ElfObject elf = ElfObject.parse(EXIT);

        ElfObject.Symbol cpus = elf.variable(".rodata", "nv_cpus").orElseThrow();
        ElfObject.Symbol hierarchy =
                elf.variable(".rodata", "nv_memory_hierarchy_v1").orElseThrow();
        assertThat(cpus.sizeBytes()).isEqualTo(4);
        assertThat(hierarchy.sizeBytes()).isEqualTo(1);
        assertThat(hierarchy.offset()).isNotEqualTo(cpus.offset());
        assertThat(elf.variable(".rodata", "nv_nothing")).isEmpty();
        assertThat(elf.variable(".maps", "nv_cpus")).isEmpty();
    }

    @Test
    void anotherKindOfFileIsRefused() {
        assertThatThrownBy(() -> ElfObject.parse(new byte[64]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a 64-bit little-endian ELF file");
        byte[] x86 = EXIT.clone();
        x86[18] = 62;
        assertThatThrownBy(() -> ElfObject.parse(x86))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not a BPF object: e_machine=62");
    }

    @Property(tries = 300)
    void aTruncatedObjectIsRefused(@ForAll @IntRange(min = 0, max = 100_000) int length) {
        byte[] part = Arrays.copyOf(EXIT, Math.min(length, EXIT.length - 1));

        assertThatThrownBy(() -> ElfObject.parse(part)).isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 500)
    void aSpoiledByteNeverDoesMoreThanARefusal(
            @ForAll @IntRange(min = 0, max = 1_000_000) int place, @ForAll byte value) {
        byte[] spoiled = EXIT.clone();
        spoiled[place % spoiled.length] = value;
        try {
            assertThat(ElfObject.parse(spoiled).programs()).isNotNull();
        } catch (IllegalArgumentException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
    }
}
