// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void anEventIsFlatAndNamedAsInOtlp() throws IOException {
        String json = EventJson.toJson(Samples.terminated(Samples.pod("web"), "java"));
        assertThat(asMap(json))
                .containsEntry("time", "2026-01-02T03:04:05.678901234Z")
                .containsEntry("event", "nodevitals.process.terminated")
                .containsEntry("summary", "java was killed by SIGSEGV")
                .containsEntry("k8s.pod.uid", Samples.POD_UID)
                .containsEntry("k8s.pod.name", "web")
                .containsEntry("process.pid", 4711L)
                .containsEntry("nodevitals.age", 1.5)
                .containsEntry("nodevitals.core_dumped", false);
        assertThat(json).startsWith("{\"time\":").doesNotContain("\n");
    }

    @Test
    void aResourceAttributeCannotReplaceTimeEventOrSummary() throws IOException {
        Resource resource = Resource.create(Attributes.builder()
                .put("time", "never")
                .put("event", "none")
                .put("summary", "fine")
                .build());
        String json = EventJson.toJson(Samples.terminated(resource, "java"));
        assertThat(asMap(json)).containsEntry("event", "nodevitals.process.terminated");
        assertThat(json.split("\"event\":", -1)).hasSize(2);
    }

    @Test
    void hostileNamesArriveAsTheyAreInPlainAscii() throws IOException {
        for (String name : Samples.HOSTILE_NAMES) {
            String json = EventJson.toJson(Samples.terminated(Samples.pod(name), name));
            assertThat(json.chars().allMatch(c -> c >= 0x20 && c < 0x7f))
                    .as(json)
                    .isTrue();
            assertThat(asMap(json))
                    .containsEntry("process.executable.name", name)
                    .containsEntry("k8s.pod.name", name);
        }
    }

    @Property
    void anyTextSurvives(@ForAll String text) throws IOException {
        TelemetryEvent event = Samples.event(Samples.host(), "nodevitals.exec.failed", text, text);
        assertThat(asMap(EventJson.toJson(event))).containsEntry("summary", text);
    }

    @Test
    void aStatusIsReadBackAsItWasWritten() throws IOException {
        AgentStatus status = Samples.status(Samples.attached("exec"), Samples.unsupported("oom"));
        assertThat(StatusJson.fromJson(StatusJson.toJson(status))).isEqualTo(status);
        AgentStatus starting = AgentStatus.starting("1", "n", "6.1", 1_000_000_001L);
        assertThat(StatusJson.fromJson(StatusJson.toJson(starting))).isEqualTo(starting);
    }

    @Test
    void whatIsNoStatusNamesTheFieldThatIsWrong() {
        assertThatThrownBy(() -> StatusJson.fromJson("[]")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> StatusJson.fromJson("{\"start_time\":\"2026-01-01T00:00:00Z\"}"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("counters");
        assertThatThrownBy(() -> StatusJson.fromJson("{\"start_time\":\"now\"}"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("start_time=now");
        assertThatThrownBy(() -> Json.parse("{} {}")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Json.parse("")).isInstanceOf(IOException.class);
    }

    @Test
    void workloadsCarryResourceAndPoints() throws IOException {
        String json = WorkloadsJson.toJson(Samples.snapshot(new ResourcePoints(
                Samples.pod("web"),
                List.of(
                        Samples.count(Samples.MAPPED, Attributes.empty(), 7),
                        Samples.sizes(Attributes.empty(), 4096, 11, 1)))));
        List<?> workloads = (List<?>) asMap(json).get("workloads");
        Map<?, ?> workload = (Map<?, ?>) workloads.get(0);
        assertThat(((Map<?, ?>) workload.get("resource")).get("k8s.pod.name")).isEqualTo("web");
        List<?> points = (List<?>) workload.get("points");
        assertThat((Map<?, ?>) points.get(0))
                .isEqualTo(Map.of("name", "nodevitals.mapped", "unit", "By", "attributes", Map.of(), "value", 7L));
        assertThat(((Map<?, ?>) points.get(1)).get("bucket_counts")).isEqualTo(List.of(1L));
    }

    @Test
    void theNewestEventsOfANameAreKeptNewestFirst() throws IOException {
        RecentEvents recent = new RecentEvents("nodevitals.exec.failed", 3);
        for (int i = 0; i < 5; i++) {
            recent.accept(Samples.execFailed(Samples.host(), "f" + i));
            recent.accept(Samples.terminated(Samples.host(), "t" + i));
        }
        List<?> events = (List<?>) asMap(recent.toJson()).get("events");
        assertThat(events.stream().map(event -> ((Map<?, ?>) event).get("process.executable.name")))
                .isEqualTo(List.of("f4", "f3", "f2"));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(String json) throws IOException {
        return (Map<String, Object>) Json.parse(json);
    }
}
