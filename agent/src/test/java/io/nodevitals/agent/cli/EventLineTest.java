// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.Samples;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import org.junit.jupiter.api.Test;

class EventLineTest {

    @Test
    void saysWhenWhatWhomAndWhy() {
        assertThat(EventLine.of(Samples.execFailed(Samples.pod("web"), "tool")).text())
                .isEqualTo("2026-01-02T03:04:05.678Z  exec failed  shop/web/app  tool is missing");
        assertThat(EventLine.of(Samples.event(Samples.host(), "nodevitals.oom.killed", "java was killed", "java"))
                        .text())
                .isEqualTo("2026-01-02T03:04:05.678Z  oom killed   host  java was killed");
    }

    @Test
    void namesTheWorkloadAsWellAsItIsKnown() {
        assertThat(who("k8s.pod.uid", Samples.POD_UID)).contains("  pod " + Samples.POD_UID + "  ");
        assertThat(who("container.id", Samples.CONTAINER_ID)).contains("  container 4f4f4f4f4f4f  ");
    }

    @Test
    void hostileNamesStayOnTheirLineAndCommandNothing() {
        for (String name : Samples.HOSTILE_NAMES) {
            String line =
                    EventLine.of(Samples.terminated(Samples.pod(name), name)).text();
            assertThat(line.codePoints().map(Character::getType))
                    .as(line)
                    .doesNotContain(
                            (int) Character.CONTROL,
                            (int) Character.FORMAT,
                            (int) Character.LINE_SEPARATOR,
                            (int) Character.PARAGRAPH_SEPARATOR,
                            (int) Character.SURROGATE);
        }
    }

    private static String who(String key, String value) {
        Resource resource = Resource.create(Attributes.builder().put(key, value).build());
        return EventLine.of(Samples.execFailed(resource, "tool")).text();
    }
}
