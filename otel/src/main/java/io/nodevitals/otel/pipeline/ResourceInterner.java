// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.opentelemetry.sdk.resources.Resource;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes equal resources the same object, because the exporters group by identity: otherwise each event of a workload would
 * travel in a group of its own, with the resource repeated. Thread-safe.
 */
final class ResourceInterner {
    /** More than the workloads of a node; churn beyond it costs only a repeated resource. */
    private static final int MAX_RESOURCES = 1024;

    private final ConcurrentHashMap<Resource, Resource> resources = new ConcurrentHashMap<>();

    Resource intern(Resource resource) {
        if (resources.size() >= MAX_RESOURCES) {
            resources.clear();
        }
        Resource known = resources.putIfAbsent(resource, resource);
        return known == null ? resource : known;
    }
}
