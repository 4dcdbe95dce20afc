// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.nodevitals.otel.model.Scope;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.autoconfigure.ResourceConfiguration;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the resources of all workloads have in common. */
public final class BaseResource {

    private BaseResource() {}

    /**
     * The resource of this agent on this node: telemetry.sdk.*, service.name=nodevitals, service.version, host.name and os.*;
     * overridden by what the caller knows better, overridden by OTEL_RESOURCE_ATTRIBUTES, overridden by OTEL_SERVICE_NAME.
     *
     * @param environment variables, usually {@code System.getenv()}
     * @param fromCaller such as k8s.node.name, or the node's name where the agent runs in a container
     * @throws OtlpConfigurationException when OTEL_RESOURCE_ATTRIBUTES is malformed
     */
    public static Resource create(Map<String, String> environment, Attributes fromCaller) {
        return create(environment, fromCaller, Path.of("/"));
    }

    /** As above, for a machine whose root directory is elsewhere. */
    static Resource create(Map<String, String> environment, Attributes fromCaller, Path root) {
        Resource fromEnvironment =
                ResourceConfiguration.createEnvironmentResource(Environment.of(environment, new SenderTap()));
        return Resource.getDefault()
                .merge(Resource.create(detect(root)))
                .merge(Resource.create(fromCaller))
                .merge(fromEnvironment);
    }

    private static Attributes detect(Path root) {
        AttributesBuilder attributes = Attributes.builder()
                .put("service.name", "nodevitals")
                .put("service.version", Scope.VERSION)
                .put("os.type", "linux");
        String host = firstLine(root.resolve("proc/sys/kernel/hostname"));
        if (host != null) {
            attributes.put("host.name", host);
        }
        Map<String, String> release = release(root.resolve("etc/os-release"));
        putIfKnown(attributes, "os.name", release.get("NAME"));
        putIfKnown(attributes, "os.version", release.get("VERSION_ID"));
        String kernel = firstLine(root.resolve("proc/sys/kernel/osrelease"));
        String pretty = release.get("PRETTY_NAME");
        if (kernel != null) {
            attributes.put("os.description", "Linux " + kernel + (pretty == null ? "" : " (" + pretty + ")"));
        }
        return attributes.build();
    }

    private static void putIfKnown(AttributesBuilder attributes, String key, @Nullable String value) {
        if (value != null) {
            attributes.put(key, value);
        }
    }

    /** os-release(5): NAME=value lines, values possibly quoted. */
    private static Map<String, String> release(Path file) {
        Map<String, String> release = new HashMap<>();
        String text = text(file);
        if (text != null) {
            text.lines().forEach(line -> {
                int equals = line.indexOf('=');
                if (equals > 0) {
                    String value = line.substring(equals + 1).strip();
                    boolean quoted = value.length() >= 2 && "\"'".indexOf(value.charAt(0)) >= 0;
                    release.put(line.substring(0, equals), quoted ? value.substring(1, value.length() - 1) : value);
                }
            });
        }
        return release;
    }

    private static @Nullable String firstLine(Path file) {
        String text = text(file);
        return text == null || text.isBlank()
                ? null
                : text.lines().findFirst().orElse("").strip();
    }

    /** The file's text, or null: an attribute that cannot be found out is left out. */
    private static @Nullable String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return null;
        }
    }
}
