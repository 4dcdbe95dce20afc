// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nodevitals.agent.process.Names;
import io.opentelemetry.api.common.Attributes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Names that a workload chose, through the one place that makes them harmless, and out as JSON and as Prometheus text. */
class NamesFuzzTest {
    static Stream<byte[]> names() {
        return Stream.of(
                        "java",
                        "x) R 1 (",
                        "\u001b[2J\n${jndi:ldap://x}<script>\"\\",
                        "\u202e\u200b\u2028\ue000\ud83d\ude00",
                        "\u00e9".repeat(600),
                        "\ud83d\ude00".repeat(200))
                .flatMap(name ->
                        Stream.of(name.getBytes(StandardCharsets.UTF_8), name.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @MethodSource("names")
    @FuzzTest(maxDuration = "10m")
    void aNameIsHarmlessEverywhere(byte[] bytes) throws IOException {
        String raw = new String(bytes, StandardCharsets.ISO_8859_1);
        String name = Names.sanitise(raw);

        assertThat(name).hasSizeLessThanOrEqualTo(Names.MAX_LENGTH);
        assertThat(name.codePoints())
                .noneMatch(c -> Character.isISOControl(c)
                        || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.SURROGATE);
        byte[] sent = name.getBytes(StandardCharsets.UTF_8);
        assertThat(Names.sanitise(new String(sent, StandardCharsets.ISO_8859_1)))
                .isEqualTo(name);

        String json = Json.text(out -> out.writeString(name));
        assertThat(json.chars()).allMatch(c -> c >= ' ' && c < 0x7f);
        assertThat(Json.parse(json)).isEqualTo(name);

        String labels =
                PrometheusLabels.join("", Attributes.builder().put("name", name).build());
        assertThat(PrometheusParser.parse("# HELP a_total x\n# TYPE a_total counter\na_total{" + labels + "} 1\n")
                        .labelSets())
                .isEqualTo(List.of(java.util.Map.of("name", name)));
    }
}
