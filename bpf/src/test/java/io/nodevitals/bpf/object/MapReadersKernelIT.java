// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.event.SignalKey;
import io.nodevitals.bpf.libbpf.Libc;
import io.nodevitals.bpf.libbpf.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both ways of reading a hash see the same. */
@Timeout(120)
class MapReadersKernelIT {
    /** Ignores each real-time signal, and sends it to itself. */
    private static final String SIGNALS = "for s in $(seq 34 64); do trap '' $s; kill -$s $$; kill -$s $$; done";

    private static Native natives;

    @BeforeAll
    static void requireBpf() {
        KernelTest.requireBpf();
        natives = Native.load();
    }

    @Test
    void iteratorsSeeWhatBatchesSee() throws Exception {
        BpfSettings settings = BpfSettings.defaults().withProbes(Set.of("signal_generate", "signal_deliver"));
        try (BpfSession session = BpfSession.open(natives, settings);
                MapReaders iterators = session.readers(true);
                MapReaders batches = session.readers(false)) {
            MapReader byIterator = iterators.ofCounts(SharedMaps.SIGNAL_COUNTS);
            MapReader byBatch = batches.ofCounts(SharedMaps.SIGNAL_COUNTS);
            // Refused, it reads in batches.
            assertThat(byIterator).isInstanceOf(iterators.refusal() == null ? IteratorReader.class : BatchReader.class);
            KernelTest.require(
                    iterators.refusal() == null, "this kernel refuses map iterators: " + iterators.refusal());
            assertThat(byBatch).isInstanceOf(BatchReader.class);

            assertThat(new ProcessBuilder("bash", "-c", SIGNALS).start().waitFor())
                    .isZero();

            Map<List<Object>, Long> seen = realTimeSignals(byBatch);
            assertThat(seen).hasSizeGreaterThanOrEqualTo(31);
            assertThat(seen.values()).contains(2L);
            assertThat(realTimeSignals(byIterator)).isEqualTo(seen);
            // And once more: an iterator begins anew.
            assertThat(realTimeSignals(byIterator)).isEqualTo(seen);
        }
    }

    private static Map<List<Object>, Long> realTimeSignals(MapReader reader) {
        Map<List<Object>, Long> counts = new TreeMap<>(java.util.Comparator.comparing(Object::toString));
        reader.forEach((keys, at, values, value) -> {
            int signal = keys.getInt(at + SignalKey.SIGNAL_OFFSET);
            if (signal >= 34) {
                List<Object> key = List.of(keys.getLong(at), signal, keys.getInt(at + SignalKey.ACTION_OFFSET));
                assertThat(counts.put(key, values.getLong(value))).isNull();
            }
        });
        return counts;
    }

    @Test
    void moreThanOneReadIsKeptTogether(@TempDir Path directory) throws Exception {
        int entries = 20_000;
        ByteBuffer content = ByteBuffer.allocate(entries * 24).order(ByteOrder.nativeOrder());
        for (long i = 0; i < entries; i++) {
            content.putLong(i).putLong(-i).putLong(3 * i);
        }
        Path file = Files.write(directory.resolve("entries"), content.array());
        IteratorReader reader = new IteratorReader(natives, -1, "test", 16, 8);
        int fd = natives.checkLibc("open", natives.libc().open(file.toString(), Libc.O_RDONLY));
        List<Long> seen = new ArrayList<>();
        try {
            reader.visit(reader.read(fd), (keys, at, values, value) -> {
                assertThat(keys.getLong(at + 8)).isEqualTo(-keys.getLong(at));
                assertThat(values.getLong(value)).isEqualTo(3 * keys.getLong(at));
                assertThat(reader.keys().getLong((int) at)).isEqualTo(keys.getLong(at));
                seen.add(keys.getLong(at));
            });
        } finally {
            natives.libc().close(fd);
        }
        assertThat(seen).hasSize(entries).isSorted().doesNotHaveDuplicates();
    }
}
