// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.diagnose.Look.ByStandIn;
import io.nodevitals.agent.diagnose.Look.Missing;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.diagnose.Story.Who;
import io.nodevitals.agent.diagnose.TargetFileReader.Caller;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcRootReaderTest {
    private static final long NAMESPACE = 4026531841L;
    private static final Look NOTHING_THERE = new Missing(2);
    private static final Look GONE = new Unavailable("gone");

    private final Story story = new Story();
    private final Who caller = story.run(100, Story.IN_CONTAINER, "/bin/sh");
    private final Who other = story.run(200, Story.IN_CONTAINER, "/bin/sleep");
    private final List<String> asked = new ArrayList<>();

    @Test
    void theCallerIsLookedThroughWhileItLives() {
        Look look = reader(100).read(new Caller(caller.id(), NAMESPACE), "/app", 0);

        assertThat(look).isEqualTo(NOTHING_THERE);
        assertThat(asked).containsExactly("100 in 0");
    }

    @Test
    void itsParentOrAnotherProcessOfItsMountNamespaceStandsInAndMustStillBeThere() {
        Look look = reader(200).read(new Caller(caller.id(), NAMESPACE), "/app", 0);

        assertThat(look).isEqualTo(new ByStandIn(NOTHING_THERE));
        assertThat(asked).startsWith("100 in 0", "10100 in " + NAMESPACE).endsWith("200 in " + NAMESPACE);
    }

    @Test
    void aRelativePathIsTheCallersAlone() {
        Look look = reader(200).read(new Caller(caller.id(), NAMESPACE), "app", 0);

        assertThat(look).isEqualTo(GONE);
        assertThat(asked).containsExactly("100 in 0");
    }

    @Test
    void nobodyElseIsAskedWithoutTheNamespace() {
        assertThat(reader(200).read(new Caller(caller.id(), 0), "/app", 0)).isEqualTo(GONE);
    }

    private ProcRootReader reader(int alive) {
        assertThat(other.pid).isEqualTo(200);
        return new ProcRootReader(story.registry, (process, mountNamespace, path, offset) -> {
            asked.add(process.tgid() + " in " + mountNamespace);
            return process.tgid() == alive ? NOTHING_THERE : GONE;
        });
    }
}
