// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static io.nodevitals.bpf.object.AttachMethod.FENTRY;
import static io.nodevitals.bpf.object.AttachMethod.FEXIT;
import static io.nodevitals.bpf.object.AttachMethod.KPROBE;
import static io.nodevitals.bpf.object.AttachMethod.KPROBE_MULTI;
import static io.nodevitals.bpf.object.AttachMethod.KRETPROBE;
import static io.nodevitals.bpf.object.AttachMethod.RAW_TP;
import static io.nodevitals.bpf.object.AttachMethod.TP_BTF;
import static io.nodevitals.bpf.object.AttachMethod.TRACEPOINT;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which attach methods are tried, and in which order.
 *
 * @param preferred at least one, the most wanted first, none twice
 * @param doubt why {@link AttachMethod#FEXIT} is not where it would be for its cost; null when it is, or was not wanted
 * @param adapts whether the order depends on the kernel
 */
public record AttachPolicy(
        List<AttachMethod> preferred, @Nullable String doubt, boolean adapts) {
    private static final AttachPolicy CHEAPEST =
            new AttachPolicy(List.of(FEXIT, KPROBE, FENTRY, TP_BTF, RAW_TP, TRACEPOINT, KRETPROBE), null, true);

    public AttachPolicy {
        if (preferred.isEmpty()) {
            throw new IllegalArgumentException("an attach policy allows no method");
        }
        if (new HashSet<>(preferred).size() != preferred.size()) {
            throw new IllegalArgumentException("an attach policy names a method twice: " + preferred);
        }
        preferred = List.copyOf(preferred);
    }

    /** The best that the kernel allows. */
    public static AttachPolicy auto() {
        return CHEAPEST;
    }

    /** These methods alone, the most wanted first. */
    public static AttachPolicy of(AttachMethod... preferred) {
        return new AttachPolicy(Arrays.asList(preferred), null, false);
    }

    /**
     * The order for a kernel: exact before cheap. Where the kernel preempts itself fexit loses calls, so what the kernel does not
     * preempt comes first: function graph hooks, which slow nothing else either, or else tracepoints. Where it cannot be told, fexit
     * gives way to the hooks but not to the tracepoints, whose tax is certain.
     */
    AttachPolicy on(KernelFeatures kernel) {
        KernelFeature.State steady = kernel.nonPreemptive().state();
        boolean graph = kernel.graphReturns().state() == KernelFeature.State.AVAILABLE;
        if (!adapts || steady == KernelFeature.State.AVAILABLE || (steady == KernelFeature.State.UNKNOWN && !graph)) {
            return this;
        }
        List<AttachMethod> exact = graph
                ? List.of(KPROBE_MULTI, KPROBE, TP_BTF, RAW_TP, TRACEPOINT, FEXIT, FENTRY, KRETPROBE)
                : List.of(KPROBE, TP_BTF, RAW_TP, TRACEPOINT, FEXIT, FENTRY, KRETPROBE);
        return new AttachPolicy(exact, kernel.nonPreemptive().reason(), true);
    }

    /** Why a probe that is attached by another method is not by fexit, when the policy put it off. */
    Optional<Rejection> passedOver(ProbeDefinition definition, AttachMethod method) {
        return doubt == null || method == FEXIT || definition.option(FEXIT).isEmpty()
                ? Optional.empty()
                : Optional.of(Rejection.passedOver(FEXIT, doubt + ", so that fexit may miss calls"));
    }

    @Override
    public String toString() {
        return adapts ? "auto" : preferred.stream().map(AttachMethod::label).collect(Collectors.joining(", "));
    }
}
