// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.Locale;
import java.util.Optional;

/**
 * How a probe gets to its place in the kernel, best first. A program's function name ends in {@code __} and the label of the method
 * whose option it belongs to, as in {@code exit__tp_btf}. Where a call's begin is watched too, that program's section differs:
 * {@code brk_enter__fexit} is attached by fentry.
 */
public enum AttachMethod {
    /**
     * Trampoline at a function's return: arguments and result, nothing else on the node is slowed. On a kernel that preempts itself a
     * call may be skipped, since 5.12, while the same program is preempted on its CPU.
     */
    FEXIT,
    /**
     * Function graph hooks at a function's entry and return, through a kprobe.multi link (5.18, CONFIG_FPROBE). From 6.14 on the kernel
     * runs them without preemption and keeps a call's state with its task, so that none is skipped but while a map is changed by a
     * system call on that CPU; before, a fixed number of instances limits them as it does {@link #KRETPROBE}.
     */
    KPROBE_MULTI,
    /** Breakpoint or ftrace at a function's entry; needs CONFIG_KPROBES. */
    KPROBE,
    /** Trampoline at a function's entry. */
    FENTRY,
    /** Tracepoint with typed arguments; needs the kernel's BTF. Skipped at most, since 6.1, when it interrupts itself. */
    TP_BTF,
    /** Tracepoint without types. */
    RAW_TP,
    /** Tracepoint through a perf event; needs tracefs. One on a syscall slows every syscall of the node. */
    TRACEPOINT,
    /**
     * Breakpoint or ftrace at a function's return. Last, because it takes one of a fixed number of instances for as long as the
     * function runs: when as many calls are under way, further ones are skipped.
     */
    KRETPROBE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Such as {@code tp_btf}. */
    public String label() {
        return label;
    }

    /** The method whose label is given. */
    public static Optional<AttachMethod> ofLabel(String label) {
        for (AttachMethod method : values()) {
            if (method.label.equals(label)) {
                return Optional.of(method);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return label;
    }
}
