// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.Locale;
import java.util.Optional;

/**
 * How a program gets to its place in the kernel, best first. A program's function name ends in {@code __} and the method's label, as
 * in {@code exit__tp_btf}.
 */
public enum AttachMethod {
    /** Trampoline at a function's return: arguments and result, nothing else on the node is slowed. */
    FEXIT,
    /** Breakpoint or ftrace at a function's entry; needs CONFIG_KPROBES. */
    KPROBE,
    /** Trampoline at a function's entry. */
    FENTRY,
    /** Tracepoint with typed arguments; needs the kernel's BTF. Never skipped when programs nest. */
    TP_BTF,
    /** Tracepoint without types. */
    RAW_TP,
    /** Tracepoint through a perf event; needs tracefs. One on a syscall slows every syscall of the node. */
    TRACEPOINT;

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
