// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.MappedCounters.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class MappedCountersTest {
    private static final int CPUS = 3;
    private final ByteBuffer memory = ByteBuffer.allocateDirect(Program.ALL.size() * CPUS * 64 + 64)
            .alignedSlice(64)
            .order(ByteOrder.nativeOrder());
    private final MappedCounters counters = new MappedCounters(memory, CPUS);

    @Test
    void eachFieldIsReadFromItsPlaceInTheAccount() {
        int account = (Program.EXIT.number() * CPUS + 2) * 64;
        for (int field = 0; field < 6; field++) {
            memory.putLong(account + field * 8, 100 + field);
        }

        assertThat(counters.value(Program.EXIT, 2, Field.SEEN)).isEqualTo(100);
        assertThat(counters.value(Program.EXIT, 2, Field.SUBMITTED)).isEqualTo(101);
        assertThat(counters.value(Program.EXIT, 2, Field.FOLDED)).isEqualTo(102);
        assertThat(counters.value(Program.EXIT, 2, Field.FILTERED)).isEqualTo(103);
        assertThat(counters.value(Program.EXIT, 2, Field.FAILED)).isEqualTo(104);
        assertThat(counters.value(Program.EXIT, 2, Field.SEQUENCE)).isEqualTo(105);
        assertThat(counters.value(Program.EXIT, 1, Field.SEEN)).isZero();
    }

    @Test
    void totalsAddUpTheCpus() {
        for (int cpu = 0; cpu < CPUS; cpu++) {
            memory.putLong((Program.MMAP.number() * CPUS + cpu) * 64, 10 + cpu);
        }

        assertThat(counters.total(Program.MMAP, Field.SEEN)).isEqualTo(33);
        assertThat(counters.total(Program.MUNMAP, Field.SEEN)).isZero();
    }

    @Test
    void theResidualIsWhatIsUnaccountedFor() {
        int account = (Program.OOM.number() * CPUS + 1) * 64;
        memory.putLong(account, 100);
        memory.putLong(account + 8, 40);
        memory.putLong(account + 16, 30);
        memory.putLong(account + 24, 20);
        memory.putLong(account + 32, 9);
        memory.putLong(account + 40, 1000);

        assertThat(counters.residual(Program.OOM, 1)).isEqualTo(1);
        assertThat(counters.residual(Program.OOM, 0)).isZero();
    }

    @Test
    void aCpuThatCannotExistIsRefused() {
        assertThatThrownBy(() -> counters.value(Program.OOM, CPUS, Field.SEEN))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("cpu=3 cpus=3");
        assertThatThrownBy(() -> new MappedCounters(memory, CPUS + 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
