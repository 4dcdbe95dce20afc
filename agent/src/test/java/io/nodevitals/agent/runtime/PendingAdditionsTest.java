// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingAdditionsTest {
    private final PendingAdditions additions = new PendingAdditions();
    private final List<Integer> added = new ArrayList<>();

    @Test
    void whatAFailureInterruptedIsAddedTheNextTimeAndNothingTwice() {
        additions.add(() -> added.add(1));
        additions.add(() -> {
            throw new IllegalStateException("for the test");
        });
        additions.add(() -> added.add(2));

        assertThatThrownBy(additions::perform).hasMessage("for the test");
        additions.add(() -> added.add(3));
        additions.perform();
        additions.perform();

        assertThat(added).containsExactly(1, 2, 3);
    }
}
