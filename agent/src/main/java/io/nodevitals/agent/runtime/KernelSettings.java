// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static io.nodevitals.bpf.object.AttachMethod.FENTRY;
import static io.nodevitals.bpf.object.AttachMethod.FEXIT;
import static io.nodevitals.bpf.object.AttachMethod.KPROBE;
import static io.nodevitals.bpf.object.AttachMethod.KPROBE_MULTI;
import static io.nodevitals.bpf.object.AttachMethod.KRETPROBE;
import static io.nodevitals.bpf.object.AttachMethod.RAW_TP;
import static io.nodevitals.bpf.object.AttachMethod.TP_BTF;
import static io.nodevitals.bpf.object.AttachMethod.TRACEPOINT;

import io.nodevitals.agent.attribute.CgroupHierarchy;
import io.nodevitals.agent.config.AttachMode;
import io.nodevitals.agent.config.CommandLines;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.bpf.object.AttachPolicy;
import io.nodevitals.bpf.object.BpfSettings;
import java.util.Map;

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
                .withConstants(constants(settings, hierarchy));
    }

    private static Map<String, Long> constants(Settings settings, CgroupHierarchy hierarchy) {
        int budget = settings.get(Setting.LIFECYCLE_BUDGET);
        long records = (budget + WINDOWS_PER_SECOND - 1) / WINDOWS_PER_SECOND;
        return Map.of(
                "nv_memory_hierarchy_v1",
                hierarchy.id() == CgroupHierarchy.UNIFIED ? 0L : 1L,
                "nv_exec_arguments",
                settings.get(Setting.COMMAND_LINES) == CommandLines.ARGUMENTS ? 1L : 0L,
                "nv_budget_records",
                records,
                // Longer than a tenth of a second where that makes the rate the one that was asked for.
                "nv_budget_window_nanos",
                Math.max(1, records * NANOS_PER_SECOND / Math.max(1, budget)));
    }

    /** Raw tracepoints are in each: some probes have no classic form, and nothing else would be left of them. */
    static AttachPolicy policy(AttachMode mode) {
        return switch (mode) {
            case AUTO -> AttachPolicy.auto();
            case TRACEPOINT -> AttachPolicy.of(TRACEPOINT, RAW_TP);
            case TP_BTF -> AttachPolicy.of(TP_BTF, RAW_TP, TRACEPOINT);
            case KPROBE -> AttachPolicy.of(KPROBE, KRETPROBE, TP_BTF, RAW_TP, TRACEPOINT);
            case KPROBE_MULTI -> AttachPolicy.of(KPROBE_MULTI, KPROBE, TP_BTF, RAW_TP, TRACEPOINT);
            case FEXIT -> AttachPolicy.of(FEXIT, FENTRY, TP_BTF, RAW_TP, TRACEPOINT);
        };
    }
}
