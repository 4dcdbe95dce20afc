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
    /** A budget is given out in tenths: a whole second's at once would be several times what the ring holds. */
    private static final long WINDOWS_PER_SECOND = 10;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private KernelSettings() {}

    static BpfSettings of(Settings settings, CgroupHierarchy hierarchy) {
        return BpfSettings.defaults()
                .withRings(
                        Math.toIntExact(settings.get(Setting.LIFECYCLE_RING_SIZE)),
                        Math.toIntExact(settings.get(Setting.MEMORY_RING_SIZE)))
                .withPolicy(policy(settings.get(Setting.ATTACH)))
                .withConstants(constants(settings.get(Setting.LIFECYCLE_BUDGET), hierarchy));
    }

    private static Map<String, Long> constants(int budget, CgroupHierarchy hierarchy) {
        long records = (budget + WINDOWS_PER_SECOND - 1) / WINDOWS_PER_SECOND;
        return Map.of(
                "nv_memory_hierarchy_v1",
                hierarchy.id() == CgroupHierarchy.UNIFIED ? 0L : 1L,
                "nv_budget_records",
                records,
                // Longer than a tenth of a second where that makes the rate the one that was asked for.
                "nv_budget_window_nanos",
                Math.max(1, records * NANOS_PER_SECOND / Math.max(1, budget)));
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
