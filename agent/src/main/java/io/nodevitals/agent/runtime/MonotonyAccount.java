// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.MappedCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Whether each counter of the kernel's is at least what it was at the last look. One that is not was overwritten; nothing that comes
 * later heals that, so it stays an error for as long as the agent runs. One thread.
 */
final class MonotonyAccount {
    private static final Field[] FIELDS = Field.values();
    /** Nothing is less: each counter is reported once. */
    private static final long SAID = Long.MIN_VALUE;

    private final MappedCounters counters;
    private final long[] highest;
    private final List<Residual> residuals = new ArrayList<>();

    MonotonyAccount(MappedCounters counters) {
        this.counters = counters;
        highest = new long[Program.ALL.size() * counters.cpus() * FIELDS.length];
    }

    /** What has gone backwards since the beginning, each once. */
    List<Residual> check() {
        int index = 0;
        for (Program program : Program.ALL) {
            for (int cpu = 0; cpu < counters.cpus(); cpu++) {
                for (Field field : FIELDS) {
                    long value = counters.value(program, cpu, field);
                    if (value < highest[index]) {
                        String where = program.label() + " on CPU " + cpu + ", "
                                + field.name().toLowerCase(Locale.ROOT);
                        residuals.add(new Residual(Account.MONOTONY, where, highest[index] - value));
                        highest[index] = SAID;
                    } else if (highest[index] != SAID) {
                        highest[index] = value;
                    }
                    index++;
                }
            }
        }
        return List.copyOf(residuals);
    }
}
