// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShutdownTest {
    private final List<Object> happened = new ArrayList<>();
    private final Shutdown shutdown = new Shutdown(happened::add);

    @Test
    void aSignalStopsTheCommandAndItsExitCodeBecomesTheProcesss() {
        shutdown.onStop(() -> {
            happened.add("stop");
            shutdown.finish(0);
        });
        shutdown.signalled();
        assertThat(happened).containsExactly("stop", 0);
    }

    @Test
    void aCommandThatEndedByItselfKeepsItsOwnEnd() {
        shutdown.onStop(() -> happened.add("stop"));
        shutdown.finish(1);
        shutdown.signalled();
        assertThat(happened).isEmpty();
    }

    @Test
    void aSignalBeforeThereIsAnythingToStopIsLeftToTheJvm() {
        shutdown.signalled();
        assertThat(happened).isEmpty();
    }
}
