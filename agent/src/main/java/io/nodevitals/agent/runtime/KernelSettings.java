// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.CgroupHierarchy;
import io.nodevitals.agent.config.AttachMode;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.bpf.object.AttachMethod;
import io.nodevitals.bpf.object.AttachPolicy;
import io.nodevitals.bpf.object.BpfSettings;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** From the agent's settings to those of the kernel side. */
final class KernelSettings {
    private KernelSettings() {}

    static BpfSettings of(Settings settings, CgroupHierarchy hierarchy) {
        return BpfSettings.defaults()
                .withRings(
                        Math.toIntExact(settings.get(Setting.LIFECYCLE_RING_SIZE)),
                        Math.toIntExact(settings.get(Setting.MEMORY_RING_SIZE)))
                .withPolicy(policy(settings.get(Setting.ATTACH)))
                .withConstants(Map.of("nv_memory_hierarchy_v1", hierarchy.id() == CgroupHierarchy.UNIFIED ? 0L : 1L));
    }

    private static AttachPolicy policy(AttachMode mode) {
        Set<AttachMethod> methods = EnumSet.of(AttachMethod.RAW_TP, AttachMethod.TRACEPOINT);
        switch (mode) {
            case AUTO -> methods.addAll(EnumSet.allOf(AttachMethod.class));
            case TRACEPOINT -> {
                // Raw tracepoints stay: some probes have no classic form, and nothing else would be left of them.
            }
            case TP_BTF -> methods.add(AttachMethod.TP_BTF);
            case KPROBE -> methods.addAll(EnumSet.of(AttachMethod.KPROBE, AttachMethod.TP_BTF));
            case FEXIT -> methods.addAll(EnumSet.of(AttachMethod.FEXIT, AttachMethod.FENTRY, AttachMethod.TP_BTF));
        }
        return new AttachPolicy(methods);
    }
}
