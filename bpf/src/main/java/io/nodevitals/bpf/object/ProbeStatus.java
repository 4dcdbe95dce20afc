// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Errno;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What became of a probe. A probe that is not attached stands alone: the others work. */
public sealed interface ProbeStatus {
    /** The methods that were tried and refused, in the order of trying. */
    List<Rejection> rejected();

    /** One line for a person, without the probe's name. */
    String sentence();

    /** What would help the first refused method that something helps; null when nothing is known, or nothing is wrong. */
    default @Nullable String remedy() {
        return rejected().stream()
                .map(Rejection::remedy)
                .filter(remedy -> remedy != null)
                .findFirst()
                .orElse(null);
    }

    /**
     * It works.
     *
     * @param method how it is attached
     * @param attachPoints sections of its programs, such as {@code tracepoint/syscalls/sys_exit_mmap}
     * @param rejected the better methods that were refused
     * @param compat why calls of 32-bit programs are not seen by this method; null when they are, or when it offers nothing for them
     */
    record Attached(
            AttachMethod method,
            List<String> attachPoints,
            List<Rejection> rejected,
            @Nullable Rejection compat) implements ProbeStatus {
        /** Without anything for 32-bit programs. */
        public Attached(AttachMethod method, List<String> attachPoints, List<Rejection> rejected) {
            this(method, attachPoints, rejected, null);
        }

        @Override
        public String sentence() {
            return "attached by " + method + refusals("; ", rejected);
        }
    }

    /**
     * This kernel, or the policy in force, has no place for it: no privilege helps.
     *
     * @param reason one clause for a person
     */
    record Unsupported(String reason, List<Rejection> rejected) implements ProbeStatus {
        @Override
        public String sentence() {
            return "unsupported: " + reason;
        }
    }

    /**
     * It should work here, or would with other privileges, and does not.
     *
     * @param errno of the refusal that tells most, positive
     * @param reason one clause for a person
     */
    record Failed(int errno, String reason, List<Rejection> rejected) implements ProbeStatus {
        @Override
        public String sentence() {
            return "failed with " + Errno.symbol(errno) + ": " + reason;
        }
    }

    /** Neither kind when all methods were refused: decided by the refusals alone. */
    static ProbeStatus ofRejected(List<Rejection> rejected) {
        String reasons = refusals("", rejected);
        return rejected.stream()
                .filter(rejection -> rejection.kind() != Rejection.Kind.UNSUPPORTED)
                .findFirst()
                .<ProbeStatus>map(telling -> new Failed(telling.errno(), reasons, rejected))
                .orElseGet(() -> new Unsupported(reasons, rejected));
    }

    private static String refusals(String prefix, List<Rejection> rejected) {
        return rejected.isEmpty()
                ? ""
                : prefix + rejected.stream().map(Rejection::sentence).collect(Collectors.joining("; "));
    }
}
