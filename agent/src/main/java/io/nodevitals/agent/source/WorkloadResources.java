// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import io.nodevitals.agent.attribute.Workload;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.resources.ResourceBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One OpenTelemetry resource per workload: the agent's own attributes, the pod's and container's, and a service.instance.id that no
 * other workload of the cluster has. Any thread.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/resource/k8s/">k8s resource attributes</a>
 */
public final class WorkloadResources {
    static final AttributeKey<String> POD_UID = AttributeKey.stringKey("k8s.pod.uid");
    static final AttributeKey<String> POD_NAME = AttributeKey.stringKey("k8s.pod.name");
    static final AttributeKey<String> NAMESPACE_NAME = AttributeKey.stringKey("k8s.namespace.name");
    static final AttributeKey<String> CONTAINER_NAME = AttributeKey.stringKey("k8s.container.name");
    static final AttributeKey<String> CONTAINER_ID = AttributeKey.stringKey("container.id");
    static final AttributeKey<String> NODE_NAME = AttributeKey.stringKey("k8s.node.name");
    static final AttributeKey<String> HOST_NAME = AttributeKey.stringKey("host.name");
    static final AttributeKey<String> INSTANCE_ID = AttributeKey.stringKey("service.instance.id");

    private static final int MAX_CACHED = 16_384;

    /**
     * A pod's names, sanitised.
     *
     * @param container null when it is not known
     */
    public record PodNames(
            String namespace, String pod, @Nullable String container) {}

    private final Resource base;
    private final Function<Workload, @Nullable PodNames> names;
    private final Map<Workload, Resource> cache = new ConcurrentHashMap<>();

    /**
     * Makes resources.
     *
     * @param base of the agent itself
     * @param names of a workload's pod, null when they are not known
     */
    public WorkloadResources(Resource base, Function<Workload, @Nullable PodNames> names) {
        this.base = base;
        this.names = names;
    }

    /** The workload's resource: equal for equal workloads while its names are known or unknown alike. */
    public Resource of(Workload workload) {
        Resource known = cache.get(workload);
        if (known != null) {
            return known;
        }
        PodNames pod = workload.podUid() == null ? null : names.apply(workload);
        Resource made = make(workload, pod);
        // Without names it is made anew each time: the pod's log directory appears a moment after its first process.
        if ((workload.podUid() == null || pod != null) && cache.size() < MAX_CACHED) {
            cache.put(workload, made);
        }
        return made;
    }

    /** Forgets a workload whose series have ended. */
    public void forget(Workload workload) {
        cache.remove(workload);
    }

    private Resource make(Workload workload, @Nullable PodNames pod) {
        ResourceBuilder builder = base.toBuilder().put(INSTANCE_ID, instanceId(workload));
        if (workload.podUid() != null) {
            builder.put(POD_UID, workload.podUid());
        }
        if (workload.containerId() != null) {
            builder.put(CONTAINER_ID, workload.containerId());
        }
        if (pod != null) {
            builder.put(NAMESPACE_NAME, pod.namespace()).put(POD_NAME, pod.pod());
            if (pod.container() != null) {
                builder.put(CONTAINER_NAME, pod.container());
            }
        }
        return builder.build();
    }

    /** A name-based UUID, so that a restarted agent continues the same series. */
    private String instanceId(Workload workload) {
        String node = base.getAttribute(NODE_NAME);
        if (node == null) {
            node = base.getAttribute(HOST_NAME);
        }
        String identity = node + '/' + workload.kind() + '/' + workload.podUid() + '/' + workload.containerId();
        return UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8)).toString();
    }
}
