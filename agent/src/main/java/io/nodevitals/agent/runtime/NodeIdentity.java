// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;

/** What the node is called. */
final class NodeIdentity {
    private static final AttributeKey<String> NODE_NAME = AttributeKey.stringKey("k8s.node.name");
    private static final AttributeKey<String> HOST_NAME = AttributeKey.stringKey("host.name");

    private NodeIdentity() {}

    /** Resource attributes that the settings know. */
    static Attributes attributes(Settings settings) {
        return settings.get(Setting.NODE_NAME)
                .map(name -> Attributes.of(NODE_NAME, name))
                .orElse(Attributes.empty());
    }

    /** For people: the node's name, else the host's. */
    static String name(Settings settings, Resource base) {
        return settings.get(Setting.NODE_NAME).orElseGet(() -> {
            String host = base.getAttribute(HOST_NAME);
            return host == null ? "unknown" : host;
        });
    }
}
