// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.object.Rejection.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Says in words why the kernel refused a method, from the errno, the verifier's log and what is known of the kernel. Where the
 * evidence does not decide, it says what was seen and no more.
 */
final class RejectionExplainer {
    private final KernelFeatures features;

    RejectionExplainer(KernelFeatures features) {
        this.features = features;
    }

    private record Verdict(
            Kind kind, String reason, @Nullable String remedy) {}

    Rejection explain(AttachMethod method, ProbeAttempt.Failure failure) {
        String target = failure.target();
        Verdict verdict =
                failure.attaching() ? attachVerdict(method, target, failure) : loadVerdict(method, target, failure);
        return new Rejection(
                method,
                failure.call(),
                failure.errno(),
                verdict.kind(),
                verdict.reason(),
                verdict.remedy(),
                failure.verifierLog());
    }

    private Verdict loadVerdict(AttachMethod method, String target, ProbeAttempt.Failure failure) {
        if (features.btf().isUnavailable()) {
            return of(Kind.UNSUPPORTED, features.btf());
        }
        if (features.lockdown().isUnavailable() && mayBeLockdown(failure.errno())) {
            return of(Kind.NOT_PERMITTED, features.lockdown());
        }
        return switch (failure.errno()) {
            case Errno.EPERM, Errno.EACCES -> loadDenied(method, failure);
            case Errno.ESRCH, Errno.ENOENT -> new Verdict(Kind.UNSUPPORTED, "this kernel's BTF has no " + target, null);
            case Errno.ENOMEM -> new Verdict(Kind.FAILED, "no memory for the program", "raise the memory limit");
            case Errno.ENOTSUPP, Errno.EOPNOTSUPP ->
                new Verdict(Kind.UNSUPPORTED, "this kernel cannot attach " + method + " to " + target, null);
            default -> verifierVerdict(failure);
        };
    }

    /** Lockdown takes helpers away, which the verifier reports as EINVAL, or refuses outright. */
    private static boolean mayBeLockdown(int errno) {
        return errno == Errno.EPERM || errno == Errno.EACCES || errno == Errno.EINVAL;
    }

    private Verdict loadDenied(AttachMethod method, ProbeAttempt.Failure failure) {
        if (features.privileges().isUnavailable()) {
            return of(Kind.NOT_PERMITTED, features.privileges());
        }
        if (!failure.verifierLog().isEmpty()) {
            return verifierVerdict(failure);
        }
        return new Verdict(
                Kind.UNSUPPORTED,
                "this kernel refuses " + method
                        + " programs before its verifier speaks, though every capability is held",
                null);
    }

    private static Verdict verifierVerdict(ProbeAttempt.Failure failure) {
        String log = failure.verifierLog();
        return log.isEmpty()
                ? new Verdict(Kind.FAILED, Errno.sentence(failure.errno()), null)
                : new Verdict(Kind.REJECTED, "the verifier says: " + VerifierLog.complaint(log), null);
    }

    private Verdict attachVerdict(AttachMethod method, String target, ProbeAttempt.Failure failure) {
        int errno = failure.errno();
        if (errno == Errno.EPERM || errno == Errno.EACCES) {
            return attachDenied(method);
        }
        if (isKprobe(method) && features.kprobes().isUnavailable()) {
            return of(Kind.UNSUPPORTED, features.kprobes());
        }
        if (method == AttachMethod.TRACEPOINT && features.tracefs().isUnavailable()) {
            return of(Kind.NOT_PERMITTED, features.tracefs());
        }
        // What the kernel says before 5.18, and without CONFIG_FPROBE.
        if (method == AttachMethod.KPROBE_MULTI && (errno == Errno.EINVAL || errno == Errno.EOPNOTSUPP)) {
            return new Verdict(Kind.UNSUPPORTED, "this kernel has no kprobe.multi links for " + target, null);
        }
        return switch (errno) {
            case Errno.ENOENT, Errno.ESRCH -> new Verdict(Kind.UNSUPPORTED, "this kernel has no " + target, null);
            case Errno.ENOTSUPP, Errno.EOPNOTSUPP ->
                new Verdict(Kind.UNSUPPORTED, "this kernel cannot attach " + method + " to " + target, null);
            default -> new Verdict(Kind.FAILED, target + ": " + Errno.sentence(errno), null);
        };
    }

    private Verdict attachDenied(AttachMethod method) {
        if (features.privileges().isUnavailable()) {
            return of(Kind.NOT_PERMITTED, features.privileges());
        }
        if (method == AttachMethod.TRACEPOINT && features.tracefs().isUnavailable()) {
            return of(Kind.NOT_PERMITTED, features.tracefs());
        }
        if (method == AttachMethod.TRACEPOINT || isKprobe(method)) {
            return new Verdict(
                    Kind.NOT_PERMITTED,
                    "perf_event_open is not allowed",
                    "add CAP_PERFMON (CAP_SYS_ADMIN where kernel.perf_event_paranoid is 3), and allow perf_event_open in"
                            + " the seccomp profile");
        }
        return new Verdict(Kind.NOT_PERMITTED, "attaching is not allowed", "add CAP_BPF and CAP_PERFMON");
    }

    private static boolean isKprobe(AttachMethod method) {
        return method == AttachMethod.KPROBE || method == AttachMethod.KRETPROBE;
    }

    private static Verdict of(Kind kind, KernelFeature feature) {
        return new Verdict(kind, feature.reason(), feature.remedy());
    }
}
