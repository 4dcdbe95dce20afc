// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import static io.nodevitals.agent.Samples.MAPPED;
import static io.nodevitals.agent.Samples.MMAP_BYTES;
import static io.nodevitals.agent.Samples.TERMINATIONS;
import static io.nodevitals.agent.Samples.count;
import static io.nodevitals.agent.Samples.host;
import static io.nodevitals.agent.Samples.pod;
import static io.nodevitals.agent.Samples.sizes;
import static io.nodevitals.agent.Samples.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricDescriptor.Kind;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.DoublePoint;
import io.nodevitals.otel.model.MetricPoint.HistogramPoint;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrometheusTextTest {
    private static final Attributes ANON =
            Attributes.builder().put("nodevitals.memory.kind", "anon").build();

    private final AgentCounters counters = new AgentCounters();

    @Test
    void aNodeLooksAsInTheGoldenFile() throws IOException {
        MetricDescriptor utilization = new MetricDescriptor(
                "nodevitals.memory.limit_utilization", "Usage as part of the limit.", "1", Kind.GAUGE);
        String text = render(snapshot(
                new ResourcePoints(
                        pod("web"),
                        List.of(
                                count(MMAP_BYTES, ANON, 1 << 20),
                                count(MAPPED, Attributes.empty(), 123_456_789_012L),
                                sizes(ANON, 28672, 11, 2, 1, 1),
                                new DoublePoint(utilization, Attributes.empty(), 0.25))),
                new ResourcePoints(host(), List.of(count(MMAP_BYTES, ANON, 4096), sizes(ANON, 65536, 15, 1)))));
        PrometheusParser.parse(text);
        try (InputStream golden = getClass().getResourceAsStream("metrics.golden.txt")) {
            assertThat(text).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void aBucketsBoundIsItsInclusiveUpperEnd() {
        // 4096 is in (2048, 4096]: index 11.
        Map<String, Double> samples = PrometheusParser.parse(render(
                        snapshot(new ResourcePoints(host(), List.of(sizes(Attributes.empty(), 4096, 11, 1))))))
                .samples();
        assertThat(samples)
                .containsEntry("nodevitals_mmap_size_bytes_bucket{le=2048, service_instance_id=host}", 0.0)
                .containsEntry("nodevitals_mmap_size_bytes_bucket{le=4096, service_instance_id=host}", 1.0)
                .containsEntry("nodevitals_mmap_size_bytes_bucket{le=+Inf, service_instance_id=host}", 1.0)
                .hasSize(5);
    }

    @Test
    void allSeriesOfAHistogramHaveTheSameBoundsSoThatTheyCanBeAddedUp() {
        String text = render(snapshot(
                new ResourcePoints(pod("a"), List.of(sizes(ANON, 8192, 12, 1))),
                new ResourcePoints(host(), List.of(sizes(ANON, 1L << 31, 30, 1)))));
        PrometheusParser parsed = PrometheusParser.parse(text);
        List<String> ofPod = bounds(parsed, "k8s_pod_uid");
        assertThat(ofPod)
                .isEqualTo(bounds(parsed, "service_instance_id"))
                .startsWith("4096", "8192")
                .endsWith("+Inf");
    }

    @Test
    void theLargestBucketsBoundsAreRepresentable() {
        String text = render(snapshot(new ResourcePoints(host(), List.of(sizes(ANON, 1, 62, 1)))));
        assertThat(bounds(PrometheusParser.parse(text), "service_instance_id"))
                .containsExactly("4611686018427387904", "9223372036854775808", "+Inf");
    }

    @Test
    void namesOfWorkloadsCannotBreakOutOfTheirLabel() {
        for (String name : Samples.HOSTILE_NAMES) {
            Resource resource = pod(name);
            Attributes attributes =
                    Attributes.builder().put("process.executable.name", name).build();
            String text = render(snapshot(new ResourcePoints(resource, List.of(count(TERMINATIONS, attributes, 1)))));
            PrometheusParser parsed = PrometheusParser.parse(text);
            assertThat(parsed.samples()).as(name).hasSize(1);
            String executable = parsed.labelSets().get(0).get("process_executable_name");
            assertThat(executable).as(name).isEqualTo(name.replaceAll("(?!\n)\\p{Cc}", "\uFFFD"));
            assertThat(text.replace("\n", "").chars().noneMatch(Character::isISOControl))
                    .isTrue();
        }
    }

    @Test
    void everySeriesOfAPodCarriesItsLabels() {
        PrometheusParser parsed = PrometheusParser.parse(render(snapshot(
                new ResourcePoints(pod("web"), List.of(count(MMAP_BYTES, ANON, 1), sizes(ANON, 4096, 11, 1))))));
        assertThat(parsed.labelSets())
                .hasSizeGreaterThan(4)
                .allSatisfy(labels -> assertThat(labels)
                        .containsEntry("k8s_pod_uid", Samples.POD_UID)
                        .containsEntry("container_id", Samples.CONTAINER_ID)
                        .containsEntry("k8s_pod_name", "web")
                        .containsEntry("k8s_namespace_name", "shop")
                        .containsEntry("k8s_container_name", "app")
                        .doesNotContainKey("service_instance_id"));
    }

    @Test
    void attributesThatBecomeOneLabelAreJoined() {
        Attributes attributes =
                Attributes.builder().put("a.b", "1").put("a_b", "2").build();
        PrometheusParser parsed = PrometheusParser.parse(
                render(snapshot(new ResourcePoints(pod("x"), List.of(count(TERMINATIONS, attributes, 1))))));
        assertThat(parsed.labelSets().get(0)).containsEntry("a_b", "1;2");
    }

    @Test
    void aPointOfAnotherTypeThanItsFamilyIsLeftOutAndCounted() {
        MetricDescriptor gauge = new MetricDescriptor("nodevitals.mmap.bytes.total", "", "By", Kind.GAUGE);
        MetricDescriptor counter = new MetricDescriptor("nodevitals.mmap.bytes.total.bytes", "", "", Kind.COUNTER);
        String text = render(snapshot(new ResourcePoints(
                host(), List.of(count(gauge, Attributes.empty(), 1), count(counter, Attributes.empty(), 2)))));
        assertThat(PrometheusNames.family(gauge)).isEqualTo("nodevitals_mmap_bytes_total_bytes");
        assertThat(PrometheusParser.parse(text).samples()).hasSize(2);
        MetricPoint other = new HistogramPoint(Samples.MMAP_SIZE, ANON, 1, 3, 0, new long[] {1});
        render(snapshot(new ResourcePoints(host(), List.of(sizes(ANON, 1, 0, 1), other))));
        assertThat(counters.get(AgentCounter.METRIC_TYPE_CONFLICTS)).isEqualTo(1);
    }

    @Test
    void nothingIsNothing() {
        assertThat(render(snapshot())).isEmpty();
    }

    private String render(TelemetrySnapshot snapshot) {
        PrometheusText text = new PrometheusText(snapshot, counters);
        StringBuilder out = new StringBuilder();
        while (text.appendNext(out)) {
            assertThat(out.charAt(out.length() - 1)).isEqualTo('\n');
        }
        return out.toString();
    }

    private static List<String> bounds(PrometheusParser parsed, String labelOfSeries) {
        return parsed.labelSets().stream()
                .filter(labels -> labels.containsKey(labelOfSeries) && labels.containsKey("le"))
                .map(labels -> labels.get("le"))
                .toList();
    }
}
