// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.object.LifecycleFolds;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LifecycleFoldTest {
    private static final List<Integer> FAILURE = List.of(7, 3, 2);

    private final Map<List<Integer>, Long> kernel = new LinkedHashMap<>();
    private final Set<Long> gone = new HashSet<>();
    private final LifecycleFold fold = new LifecycleFold(
            new LifecycleFold.Source() {
                @Override
                public void forEach(LifecycleFolds.Visitor visitor) {
                    Map.copyOf(kernel)
                            .forEach((key, count) -> visitor.count(key.get(0), key.get(1), key.get(2), count));
                }

                @Override
                public boolean remove(long cgroupId, int kind, int detail) {
                    return kernel.remove(List.of((int) cgroupId, kind, detail)) != null;
                }
            },
            gone::contains);

    @Test
    void eachReadGivesWhatWasAddedSinceTheLast() {
        kernel.put(FAILURE, 5L);
        assertThat(read()).containsExactly("7 3 2 +5");
        assertThat(read()).isEmpty();
        kernel.put(FAILURE, 12L);
        kernel.put(List.of(0, 4, 1), 1L);
        assertThat(read()).containsExactlyInAnyOrder("7 3 2 +7", "0 4 1 +1");
    }

    @Test
    void theEntryOfARemovedCgroupGoesOnceItHasBeenReadAndGrowsNoMore() {
        kernel.put(FAILURE, 5L);
        kernel.put(List.of(8, 3, 2), 1L);
        kernel.put(List.of(0, 3, 2), 1L);
        gone.addAll(Set.of(0L, 7L));
        read();
        assertThat(kernel).containsKey(FAILURE);
        kernel.put(FAILURE, 6L);
        assertThat(read()).containsExactly("7 3 2 +1");
        assertThat(kernel).containsKey(FAILURE);
        read();
        assertThat(kernel).containsOnlyKeys(List.of(8, 3, 2), List.of(0, 3, 2));

        // The id has been given to another one.
        kernel.put(FAILURE, 2L);
        assertThat(read()).containsExactly("7 3 2 +2");
    }

    private List<String> read() {
        List<String> added = new ArrayList<>();
        fold.read((cgroupId, kind, detail, count) -> added.add(cgroupId + " " + kind + " " + detail + " +" + count));
        return added;
    }
}
