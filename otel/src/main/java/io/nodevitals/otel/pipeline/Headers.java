// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** Checks OTEL_EXPORTER_OTLP_HEADERS at the start, because the HTTP client would refuse a bad one only at the first request. */
final class Headers {

    private Headers() {}

    /** Names the first bad header, never its value. */
    static void check(String property, Environment environment) {
        environment.getMap(property).forEach((name, value) -> {
            if (!name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                throw new OtlpConfigurationException(Environment.variable(property) + " has a header whose name, "
                        + Text.line(name) + ", is not plain ASCII; correct the name.");
            }
            if (!decode(property, name, value).chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7f))) {
                throw new OtlpConfigurationException(Environment.variable(property) + " has in header " + name
                        + " a character that HTTP does not allow; remove it.");
            }
        });
    }

    private static String decode(String property, String name, String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new OtlpConfigurationException(
                    Environment.variable(property) + " has in header " + name
                            + " a % that two hexadecimal digits do not follow; write %25 for a percent sign.",
                    e);
        }
    }
}
