// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Allocation per memory record is 0 bytes: drain, decode, add. */
class MemoryPathAllocationTest {

    @Test
    void jmhSeesNoAllocationOnTheMemoryPath() throws Exception {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(MemoryPathBenchmark.class.getSimpleName())
                        .addProfiler(GCProfiler.class)
                        .forks(0)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.milliseconds(500))
                        .measurementIterations(2)
                        .measurementTime(TimeValue.milliseconds(500))
                        .verbosity(VerboseMode.SILENT)
                        .shouldFailOnError(true)
                        .build())
                .run();

        assertThat(results).singleElement().satisfies(result -> {
            double bytesPerBatch =
                    result.getSecondaryResults().get("gc.alloc.rate.norm").getScore();
            // A batch is 1,000 records: a single object in it would be 16 bytes. The profiler counts every thread, and
            // what
            // JMH and the JVM allocate between two readings is spread over fewer batches on a loaded machine: 2.7 seen.
            assertThat(bytesPerBatch).isLessThan(8);
        });
    }

    @Test
    void aMillionRecordsAllocateNothing() {
        MemoryPathBenchmark path = new MemoryPathBenchmark();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 200; i++) {
            path.drainDecodeAdd();
        }
        long thread = Thread.currentThread().getId();
        // What the reading itself allocates is the same both times.
        threads.getThreadAllocatedBytes(thread);
        long before = threads.getThreadAllocatedBytes(thread);
        int records = 0;
        for (int i = 0; i < 1_000; i++) {
            records += path.drainDecodeAdd();
        }
        long after = threads.getThreadAllocatedBytes(thread);

        assertThat(records).isEqualTo(1_000 * MemoryPathBenchmark.BATCH);
        assertThat(after - before).isZero();
    }
}
