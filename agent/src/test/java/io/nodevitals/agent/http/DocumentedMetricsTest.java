// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.otel.model.MetricDescriptor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/metrics.md names every metric as it is sent; deploy/check holds rules and dashboards against that page. */
class DocumentedMetricsTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (nodevitals\\.[a-z.]+) \\| (nodevitals_[a-z_]+) \\|");

    @Test
    void everyMetricIsDocumentedUnderItsTwoNames() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        Matcher row = ROW.matcher(Files.readString(Path.of("../docs/metrics.md")));
        while (row.find()) {
            documented.put(row.group(1), row.group(2));
        }
        Map<String, String> sent = new TreeMap<>();
        for (Field field : Class.forName("io.nodevitals.agent.source.Metrics").getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == MetricDescriptor.class) {
                field.setAccessible(true);
                MetricDescriptor metric = (MetricDescriptor) field.get(null);
                sent.put(metric.name(), PrometheusNames.family(metric));
            }
        }
        assertThat(sent).hasSizeGreaterThan(10);
        assertThat(documented).isEqualTo(sent);
    }
}
