// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.object.Rejection.Kind;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RejectionExplainerTest {
    private static final KernelFeature YES = KernelFeature.available("it", "it is there");
    private static final String LOG = "0: (bf) r0 = r9\nR9 !read_ok\nprocessed 1 insns (limit 1000000)";

    @Test
    void withoutCapabilitiesTheMissingOnesAreTheReason() {
        KernelFeature privileges =
                KernelFeature.unavailable("privileges", "this process lacks CAP_BPF", "run as root, or add CAP_BPF");

        Rejection rejection = load(AttachMethod.TP_BTF, Errno.EPERM, "", kernel(YES, YES, YES, YES, privileges));

        assertThat(rejection.kind()).isEqualTo(Kind.NOT_PERMITTED);
        assertThat(rejection.remedy()).isEqualTo("run as root, or add CAP_BPF");
        assertThat(rejection.sentence())
                .isEqualTo("tp_btf refused: this process lacks CAP_BPF (bpf_object__load(exit): EPERM)");
    }

    @Test
    void refusedWithEveryCapabilityBeforeTheVerifierSpokeIsTheKernelsLack() {
        Rejection rejection = load(AttachMethod.FEXIT, Errno.EPERM, "", everything());

        assertThat(rejection.kind()).isEqualTo(Kind.UNSUPPORTED);
        assertThat(rejection.reason()).startsWith("this kernel refuses fexit programs before its verifier speaks");
    }

    @Test
    void theVerifiersComplaintIsTheReasonAndItsLogIsKept() {
        Rejection rejection = load(AttachMethod.TP_BTF, Errno.EACCES, LOG, everything());

        assertThat(rejection.kind()).isEqualTo(Kind.REJECTED);
        assertThat(rejection.reason()).isEqualTo("the verifier says: R9 !read_ok");
        assertThat(rejection.verifierLog()).isEqualTo(LOG);
    }

    @Test
    void lockdownComesBeforeTheVerifiersComplaintAboutAHelperThatItTookAway() {
        KernelFeature lockdown = KernelFeature.unavailable("lockdown", "lockdown is at confidentiality", "reboot");

        Rejection rejection = load(
                AttachMethod.TP_BTF,
                Errno.EINVAL,
                "unknown func bpf_probe_read_kernel#113",
                kernel(YES, YES, YES, lockdown, YES));

        assertThat(rejection.kind()).isEqualTo(Kind.NOT_PERMITTED);
        assertThat(rejection.reason()).isEqualTo("lockdown is at confidentiality");
    }

    @Test
    void withoutBtfNothingLoadsAndThatIsSaid() {
        KernelFeature btf = KernelFeature.unavailable("BTF", "no BTF here", "another kernel");

        Rejection rejection = load(AttachMethod.TRACEPOINT, Errno.ESRCH, "", kernel(btf, YES, YES, YES, YES));

        assertThat(rejection.kind()).isEqualTo(Kind.UNSUPPORTED);
        assertThat(rejection.remedy()).isEqualTo("another kernel");
    }

    @Test
    void aPlaceThatTheKernelLacksIsNamed() {
        assertThat(load(AttachMethod.FEXIT, Errno.ESRCH, "", everything()).reason())
                .isEqualTo("this kernel's BTF has no here/there");
        assertThat(attach(AttachMethod.TRACEPOINT, Errno.ENOENT, everything()).reason())
                .isEqualTo("this kernel has no here/there");
        assertThat(attach(AttachMethod.FENTRY, Errno.ENOTSUPP, everything()).kind())
                .isEqualTo(Kind.UNSUPPORTED);
    }

    @Test
    void tracepointsWithoutTracefsCanBeHelped() {
        KernelFeature tracefs = KernelFeature.unavailable("tracefs", "tracefs is not mounted", "mount it");

        Rejection rejection = attach(AttachMethod.TRACEPOINT, Errno.ENOENT, kernel(YES, tracefs, YES, YES, YES));

        assertThat(rejection.kind()).isEqualTo(Kind.NOT_PERMITTED);
        assertThat(rejection.remedy()).isEqualTo("mount it");
        assertThat(ProbeStatus.ofRejected(List.of(rejection)).remedy()).isEqualTo("mount it");
    }

    @Test
    void kprobesThatTheKernelLacksCannotBeHelped() {
        KernelFeature kprobes = KernelFeature.unavailable("kprobes", "this kernel has no kprobes", null);

        for (AttachMethod method : List.of(AttachMethod.KPROBE, AttachMethod.KRETPROBE)) {
            Rejection rejection = attach(method, Errno.ENOENT, kernel(YES, YES, kprobes, YES, YES));
            assertThat(rejection.kind()).isEqualTo(Kind.UNSUPPORTED);
            assertThat(rejection.reason()).isEqualTo("this kernel has no kprobes");
        }
    }

    @Test
    void perfEventsThatAreForbiddenNameTheCapability() {
        Rejection rejection = attach(AttachMethod.TRACEPOINT, Errno.EACCES, everything());

        assertThat(rejection.kind()).isEqualTo(Kind.NOT_PERMITTED);
        assertThat(rejection.remedy()).contains("CAP_PERFMON").contains("seccomp");
    }

    @Test
    void aProbeIsUnsupportedOnlyWhenEveryMethodIs() {
        Rejection lacks = load(AttachMethod.FEXIT, Errno.EPERM, "", everything());
        Rejection refused = load(AttachMethod.TP_BTF, Errno.EACCES, LOG, everything());

        assertThat(ProbeStatus.ofRejected(List.of(lacks)))
                .isInstanceOfSatisfying(
                        ProbeStatus.Unsupported.class,
                        status -> assertThat(status.sentence())
                                .startsWith("unsupported: fexit refused: this kernel refuses fexit programs"));
        assertThat(ProbeStatus.ofRejected(List.of(lacks, refused)))
                .isInstanceOfSatisfying(ProbeStatus.Failed.class, status -> {
                    assertThat(status.errno()).isEqualTo(Errno.EACCES);
                    assertThat(status.sentence())
                            .startsWith("failed with EACCES: fexit refused: ")
                            .endsWith(
                                    "tp_btf refused: the verifier says: R9 !read_ok (bpf_object__load(exit): EACCES)");
                });
    }

    @Test
    void anAttachedProbeSaysWhatWasBetterAndWhyNot() {
        Rejection lacks = load(AttachMethod.FEXIT, Errno.ESRCH, "", everything());

        assertThat(new ProbeStatus.Attached(AttachMethod.TRACEPOINT, List.of("here"), List.of(lacks)).sentence())
                .isEqualTo("attached by tracepoint; fexit refused: this kernel's BTF has no here/there"
                        + " (bpf_object__load(exit): ESRCH)");
        assertThat(new ProbeStatus.Attached(AttachMethod.FEXIT, List.of("here"), List.of()).sentence())
                .isEqualTo("attached by fexit");
    }

    private static Rejection load(AttachMethod method, int errno, String log, KernelFeatures features) {
        return new RejectionExplainer(features)
                .explain(method, new ProbeAttempt.Failure("bpf_object__load(exit)", errno, false, "here/there", log));
    }

    private static Rejection attach(AttachMethod method, int errno, KernelFeatures features) {
        return new RejectionExplainer(features)
                .explain(method, new ProbeAttempt.Failure("bpf_program__attach(exit)", errno, true, "here/there", ""));
    }

    private static KernelFeatures everything() {
        return kernel(YES, YES, YES, YES, YES);
    }

    private static KernelFeatures kernel(
            KernelFeature btf,
            KernelFeature tracefs,
            KernelFeature kprobes,
            KernelFeature lockdown,
            KernelFeature privileges) {
        return new KernelFeatures("6.1", btf, tracefs, kprobes, lockdown, YES, YES, privileges, Set.of());
    }
}
