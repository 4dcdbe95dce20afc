// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Label lists as they stand between a series' braces, without the braces. */
final class PrometheusLabels {
    private static final AttributeKey<String> POD_UID = AttributeKey.stringKey("k8s.pod.uid");
    private static final AttributeKey<String> CONTAINER_ID = AttributeKey.stringKey("container.id");
    private static final AttributeKey<String> INSTANCE_ID = AttributeKey.stringKey("service.instance.id");
    private static final List<AttributeKey<String>> OF_RESOURCE = List.of(
            POD_UID,
            CONTAINER_ID,
            AttributeKey.stringKey("k8s.pod.name"),
            AttributeKey.stringKey("k8s.namespace.name"),
            AttributeKey.stringKey("k8s.container.name"));

    private PrometheusLabels() {}

    /** What tells a resource's series from the others': of a pod or container who it is, of anything else its instance id. */
    static String ofResource(Resource resource) {
        StringBuilder labels = new StringBuilder();
        for (AttributeKey<String> key : OF_RESOURCE) {
            appendIfPresent(labels, resource, key);
        }
        if (resource.getAttribute(POD_UID) == null && resource.getAttribute(CONTAINER_ID) == null) {
            appendIfPresent(labels, resource, INSTANCE_ID);
        }
        return labels.toString();
    }

    /** The resource's labels and the point's own. */
    static String join(String ofResource, Attributes attributes) {
        if (attributes.isEmpty()) {
            return ofResource;
        }
        StringBuilder labels = new StringBuilder(ofResource);
        Map<String, String> values = new TreeMap<>();
        // Keys that become the same label: the specification joins their values.
        attributes.forEach((key, value) -> values.merge(
                PrometheusNames.label(key.getKey()), value.toString(), (left, right) -> left + ';' + right));
        values.forEach((name, value) -> append(labels, name, value));
        return labels.toString();
    }

    private static void appendIfPresent(StringBuilder labels, Resource resource, AttributeKey<String> key) {
        String value = resource.getAttribute(key);
        if (value != null) {
            append(labels, PrometheusNames.label(key.getKey()), value);
        }
    }

    private static void append(StringBuilder labels, String name, String value) {
        if (!labels.isEmpty()) {
            labels.append(',');
        }
        labels.append(name).append("=\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> labels.append("\\\\");
                case '"' -> labels.append("\\\"");
                case '\n' -> labels.append("\\n");
                // Names come here sanitised; whatever slipped through must not reach the terminal of someone with curl.
                default -> labels.append(Character.isISOControl(c) ? '\uFFFD' : c);
            }
        }
        labels.append('"');
    }
}
