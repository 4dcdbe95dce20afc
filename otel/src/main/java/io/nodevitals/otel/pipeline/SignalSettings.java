// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One signal's variables, checked before the SDK sees them, because its own messages name neither variable nor remedy.
 *
 * @param endpoint for people, without credentials
 * @param environment what the SDK's exporter is to read
 */
record SignalSettings(Signal signal, String endpoint, Environment environment) {
    private static final String PREFIX = "otel.exporter.otlp.";
    private static final String GRPC = "grpc";
    private static final String HTTP = "http/protobuf";

    /** The SDK's limit for one export, retries included. */
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    /** The settings of a signal, or null when it is not to be exported: no endpoint, or "none" asked for. */
    static @Nullable SignalSettings read(Signal signal, Environment environment) {
        boolean wanted = exporterWanted(signal, environment);
        String endpointProperty = property(signal, "endpoint", environment);
        String endpoint = environment.getString(endpointProperty);
        if (!wanted || endpoint == null) {
            return null;
        }
        String protocol = protocol(signal, environment);
        Map<String, String> overrides = new HashMap<>();
        URI uri = endpoint(endpointProperty, endpoint, protocol, signal, environment, overrides);
        requireKnown(property(signal, "compression", environment), List.of("gzip", "none"), environment);
        Headers.check(property(signal, "headers", environment), environment);
        TlsFiles.check(signal, environment);
        if (signal == Signal.METRICS) {
            requireCumulative(environment);
        }
        overrides.put(
                PREFIX + signal.propertyPart() + ".timeout",
                timeout(signal, environment).toNanos() + "ns");
        return new SignalSettings(signal, display(uri), environment.with(overrides));
    }

    /** The signal's own property where it is set, else the general one. */
    static String property(Signal signal, String name, Environment environment) {
        String own = PREFIX + signal.propertyPart() + "." + name;
        return environment.getString(own) != null ? own : PREFIX + name;
    }

    private static boolean exporterWanted(Signal signal, Environment environment) {
        String property = "otel." + signal.propertyPart() + ".exporter";
        Set<String> exporters = Set.copyOf(environment.getList(property));
        if (exporters.isEmpty() || exporters.equals(Set.of("otlp"))) {
            return true;
        }
        if (exporters.equals(Set.of("none"))) {
            return false;
        }
        throw new OtlpConfigurationException(environment.assignment(property)
                + " is not available; write otlp or none"
                + (exporters.contains("prometheus") ? " (the agent serves /metrics for Prometheus anyway)." : "."));
    }

    private static String protocol(Signal signal, Environment environment) {
        String property = property(signal, "protocol", environment);
        requireKnown(property, List.of(GRPC, HTTP), environment);
        return environment.getString(property, GRPC);
    }

    private static void requireKnown(String property, List<String> known, Environment environment) {
        String value = environment.getString(property);
        if (value != null && !known.contains(value)) {
            throw new OtlpConfigurationException(
                    environment.assignment(property) + " is not available; write " + String.join(" or ", known) + ".");
        }
    }

    private static void requireCumulative(Environment environment) {
        String property = "otel.exporter.otlp.metrics.temporality.preference";
        String value = environment.getString(property, "cumulative").toLowerCase(Locale.ROOT);
        if (!value.equals("cumulative")) {
            throw new OtlpConfigurationException(environment.assignment(property)
                    + " is not available, sums are sent cumulative; write cumulative or unset the variable, and let a"
                    + " Collector's cumulativetodelta processor convert.");
        }
    }

    /** The exporter's timeout, at most what the batch may take: one bound instead of two that overlap. */
    private static Duration timeout(Signal signal, Environment environment) {
        Duration request = environment.getDuration(property(signal, "timeout", environment), DEFAULT_TIMEOUT);
        Duration batch = switch (signal) {
            case METRICS -> environment.getDuration("otel.metric.export.timeout", Duration.ofSeconds(30));
            case TRACES -> environment.getDuration("otel.bsp.export.timeout", Duration.ofSeconds(30));
            case LOGS -> environment.getDuration("otel.blrp.export.timeout", Duration.ofSeconds(30));
        };
        // Zero is the SDK's word for no limit.
        if (request.isZero() || (!batch.isZero() && batch.compareTo(request) < 0)) {
            return batch;
        }
        return request;
    }

    private static URI endpoint(
            String property,
            String value,
            String protocol,
            Signal signal,
            Environment environment,
            Map<String, String> overrides) {
        String named = Environment.variable(property) + "=" + display(value);
        URI uri = parse(named, value);
        if (protocol.equals(GRPC) && !value.contains("://")) {
            Boolean insecure = environment.getBoolean(property(signal, "insecure", environment));
            if (insecure == null) {
                throw new OtlpConfigurationException(named + " has no scheme; write http://" + display(value)
                        + " for plain text or https://" + display(value) + " for TLS.");
            }
            uri = parse(named, (insecure ? "http://" : "https://") + value);
            overrides.put(property, uri.toString());
        }
        String scheme = uri.getScheme();
        if (scheme == null || !(scheme.equals("http") || scheme.equals("https"))) {
            throw new OtlpConfigurationException(
                    named + " does not start with http:// or https://; write a URL such as http://collector:"
                            + (protocol.equals(GRPC) ? "4317." : "4318."));
        }
        if (uri.getHost() == null || uri.getPort() > 65_535 || uri.getPort() == 0) {
            throw new OtlpConfigurationException(named + " has no valid host and port; write a URL such as " + scheme
                    + "://collector:" + (protocol.equals(GRPC) ? "4317." : "4318."));
        }
        if (uri.getQuery() != null || uri.getFragment() != null) {
            throw new OtlpConfigurationException(named + " has a query or a fragment; remove what follows ? or #.");
        }
        String path = uri.getPath();
        if (protocol.equals(GRPC) && path != null && !path.isEmpty() && !path.equals("/")) {
            throw new OtlpConfigurationException(named + " has a path, which gRPC does not know; remove " + path
                    + " or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.");
        }
        return uri;
    }

    private static URI parse(String named, String value) {
        try {
            return new URI(value);
        } catch (URISyntaxException e) {
            // "collector:4317" without a scheme is looked at by the caller; host names never start with a digit there.
            if (!value.contains("://") && value.matches("[\\w.:\\[\\]-]+")) {
                return URI.create("none://" + value);
            }
            throw new OtlpConfigurationException(named + " is not a URL; write one such as http://collector:4317.", e);
        }
    }

    private static String display(URI uri) {
        return display(uri.toString());
    }

    /** Without user name and password. */
    private static String display(String endpoint) {
        return Text.line(endpoint.replaceFirst("//[^/@]*@", "//"));
    }
}
