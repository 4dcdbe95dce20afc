// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.AttachMethod;
import io.nodevitals.bpf.object.AttachPolicy;
import io.nodevitals.bpf.object.BpfSession;
import io.nodevitals.bpf.object.BpfSettings;
import io.nodevitals.bpf.object.BpfUnavailableException;
import io.nodevitals.bpf.object.ProbeStatus;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether this kernel offers what an attach mode is named after: without it, a mode is only another mode under its name. */
final class AttachOffer {
    /** A probe that has the method, by mode; auto takes anything. */
    private static final Map<String, Map.Entry<String, AttachMethod>> TRIALS = Map.of(
            "fexit", Map.entry("mmap", AttachMethod.FEXIT),
            "kprobe", Map.entry("mmap", AttachMethod.KRETPROBE),
            "kprobe_multi", Map.entry("mmap", AttachMethod.KPROBE_MULTI),
            "tp_btf", Map.entry("exit", AttachMethod.TP_BTF),
            "tracepoint", Map.entry("mmap", AttachMethod.TRACEPOINT));

    private AttachOffer() {}

    /** Why this kernel does not offer a mode; null when it does, or when it could not be tried: then the tests say why. */
    static @Nullable String refusal(String mode) {
        Map.Entry<String, AttachMethod> trial = TRIALS.get(mode);
        if (trial == null || !System.getProperty("user.name").equals("root")) {
            return null;
        }
        BpfSettings settings =
                BpfSettings.defaults().withProbes(Set.of(trial.getKey())).withPolicy(AttachPolicy.of(trial.getValue()));
        try (BpfSession session = BpfSession.open(Native.load(), settings)) {
            ProbeStatus status = session.statuses().get(trial.getKey());
            return status instanceof ProbeStatus.Attached ? null : String.valueOf(status.sentence());
        } catch (BpfUnavailableException unavailable) {
            return null;
        }
    }
}
