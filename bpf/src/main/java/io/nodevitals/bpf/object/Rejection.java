// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Errno;
import org.jspecify.annotations.Nullable;

/**
 * One attach method that was tried and refused, or not tried because another is better here, and why.
 *
 * @param method what was tried
 * @param call the libbpf function that failed, with its subject; empty when it was not tried
 * @param errno positive errno; 0 when it was not tried
 * @param kind whose fault it is
 * @param reason one clause for a person
 * @param remedy what would help; null when nothing is known
 * @param verifierLog the end of the kernel verifier's log, at most 64 KiB; empty when it did not speak
 */
public record Rejection(
        AttachMethod method,
        String call,
        int errno,
        Kind kind,
        String reason,
        @Nullable String remedy,
        String verifierLog) {
    /** Why a method was refused. */
    public enum Kind {
        /** The kernel lacks it: no privilege helps. */
        UNSUPPORTED,
        /** The kernel may have it, but not for this process or in its present state. */
        NOT_PERMITTED,
        /** The verifier read the program and refused it. */
        REJECTED,
        /** It was not tried. */
        PASSED_OVER,
        /** Anything else. */
        FAILED
    }

    /** A method that may work, and is not wanted where a better one does. */
    static Rejection passedOver(AttachMethod method, String reason) {
        return new Rejection(method, "", 0, Kind.PASSED_OVER, reason, null, "");
    }

    /** Such as {@code kprobe refused: this kernel has no kprobes (bpf_program__attach(oom__kprobe): ENOENT)}. */
    public String sentence() {
        if (kind == Kind.PASSED_OVER) {
            return method + " passed over: " + reason;
        }
        return method + " refused: " + reason + " (" + call + ": " + Errno.symbol(errno) + ")";
    }
}
