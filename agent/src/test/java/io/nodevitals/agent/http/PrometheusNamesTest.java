// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricDescriptor.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrometheusNamesTest {

    @ParameterizedTest
    @CsvSource({
        "nodevitals.mmap.size, By, EXPONENTIAL_HISTOGRAM, nodevitals_mmap_size_bytes",
        "nodevitals.mmap.bytes, By, COUNTER, nodevitals_mmap_bytes_total",
        "nodevitals.munmap.bytes, By, COUNTER, nodevitals_munmap_bytes_total",
        "nodevitals.mapped, By, UP_DOWN_COUNTER, nodevitals_mapped_bytes",
        "nodevitals.memory.failures, {call}, COUNTER, nodevitals_memory_failures_total",
        "nodevitals.memory.limit_utilization, 1, GAUGE, nodevitals_memory_limit_utilization_ratio",
        "nodevitals.memory.time_to_limit, s, GAUGE, nodevitals_memory_time_to_limit_seconds",
        "nodevitals.terminations, 1, COUNTER, nodevitals_terminations_total",
        "nodevitals.binfmt.handler, {handler}, GAUGE, nodevitals_binfmt_handler",
        "a.total, '', COUNTER, a_total",
        "a..b--c, '', GAUGE, a_b_c",
        "9lives, '', GAUGE, _9lives"
    })
    void followTheSpecification(String name, String unit, Kind kind, String family) {
        assertThat(PrometheusNames.family(new MetricDescriptor(name, "", unit, kind)))
                .isEqualTo(family);
    }
}
