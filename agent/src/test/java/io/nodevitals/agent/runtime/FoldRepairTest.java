// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.attribute.CgroupReview;
import io.nodevitals.agent.process.Census;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FoldRepairTest {
    private final List<String> done = new ArrayList<>();
    private long now = 1_000;
    private final FoldRepair repair = new FoldRepair(
            begun -> new Census(begun, List.of(), Set.of(), Map.of(), 1),
            census -> done.add("census at " + census.begunBootNanos()),
            () -> new CgroupReview(Map.of(), Set.of()),
            review -> done.add("review"),
            () -> now);

    @Test
    void nothingIsLookedAtWhileNothingWasMissed() throws IOException {
        repair.perform(new MemoryTotals());
        assertThat(done).isEmpty();
    }

    @Test
    void whatWasMissedIsLookedAtTwiceWithAPauseBetween() throws IOException {
        repair.processesMissed();
        repair.perform(new MemoryTotals());
        repair.perform(new MemoryTotals());
        assertThat(done).containsExactly("census at 1000");
        repair.cgroupsMissed();
        now += FoldRepair.PAUSE.toNanos();
        repair.perform(new MemoryTotals());
        assertThat(done).containsExactly("census at 1000", "census at 5000001000", "review");
        now += FoldRepair.PAUSE.toNanos();
        repair.perform(new MemoryTotals());
        now += FoldRepair.PAUSE.toNanos();
        repair.perform(new MemoryTotals());
        assertThat(done).containsExactly("census at 1000", "census at 5000001000", "review", "review");
    }
}
