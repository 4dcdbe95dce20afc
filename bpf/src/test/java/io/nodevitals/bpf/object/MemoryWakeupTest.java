// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How often a program wakes the memory ring's reader. */
class MemoryWakeupTest {
    private static final int RECORD_BYTES = 48;
    private static final int PROGRAMS = 4;

    @ParameterizedTest
    @CsvSource({"1048576, 2, 1024", "1048576, 64, 32", "67108864, 64, 2048", "4096, 2, 16", "4096, 256, 16"})
    void allProgramsOnAllCpusTogetherFillHalfOfTheRing(int ringBytes, int cpus, long records) {
        assertThat(BpfSession.memoryWakeupRecords(ringBytes, cpus)).isEqualTo(records);
        assertThat(Long.bitCount(records)).isOne();
        if (records > 16) {
            assertThat(records * PROGRAMS * cpus * RECORD_BYTES).isLessThanOrEqualTo(ringBytes / 2);
        }
    }
}
