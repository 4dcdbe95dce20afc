// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.object.KernelFeature.State;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttachPolicyTest {
    private static final KernelFeature YES = KernelFeature.available("it", "is there");

    @ParameterizedTest
    @CsvSource({
        // Whether the kernel keeps a task on its CPU, whether returns are seen by the function graph, what is tried
        // first.
        "AVAILABLE, AVAILABLE, FEXIT",
        "AVAILABLE, UNAVAILABLE, FEXIT",
        "UNKNOWN, AVAILABLE, KPROBE_MULTI",
        "UNKNOWN, UNAVAILABLE, FEXIT",
        "UNAVAILABLE, AVAILABLE, KPROBE_MULTI",
        "UNAVAILABLE, UNAVAILABLE, TRACEPOINT",
        "UNAVAILABLE, UNKNOWN, TRACEPOINT",
    })
    void autoPutsWhatIsExactBeforeWhatIsCheap(State nonPreemptive, State graphReturns, AttachMethod first) {
        AttachPolicy policy = AttachPolicy.auto().on(kernel(nonPreemptive, graphReturns));

        assertThat(policy).hasToString("auto");
        ProbeDefinition mmap = ProbeCatalog.load("mmap");
        assertThat(policy.preferred().stream()
                        .filter(method -> mmap.option(method).isPresent())
                        .findFirst())
                .contains(first);
        // The other one is still better than nothing.
        assertThat(policy.preferred()).contains(AttachMethod.FEXIT, AttachMethod.TRACEPOINT, AttachMethod.KRETPROBE);
    }

    @Test
    void whatIsAskedForByNameIsNotChanged() {
        AttachPolicy fexit = AttachPolicy.of(AttachMethod.FEXIT, AttachMethod.TRACEPOINT);

        assertThat(fexit.on(kernel(State.UNAVAILABLE, State.AVAILABLE))).isSameAs(fexit);
    }

    @Test
    void fexitIsSaidToBePassedOverWhereItWouldHaveBeenFirst() {
        AttachPolicy policy = AttachPolicy.auto().on(kernel(State.UNAVAILABLE, State.AVAILABLE));

        assertThat(policy.passedOver(ProbeCatalog.load("mmap"), AttachMethod.KPROBE_MULTI))
                .hasValueSatisfying(rejection -> assertThat(rejection.sentence())
                        .isEqualTo("fexit passed over: for a reason, so that fexit may miss calls"));
        assertThat(policy.passedOver(ProbeCatalog.load("mmap"), AttachMethod.FEXIT))
                .isEmpty();
        assertThat(policy.passedOver(ProbeCatalog.load("exit"), AttachMethod.TP_BTF))
                .isEmpty();
        assertThat(AttachPolicy.auto().passedOver(ProbeCatalog.load("mmap"), AttachMethod.TRACEPOINT))
                .isEmpty();
    }

    private static KernelFeatures kernel(State nonPreemptive, State graphReturns) {
        return new KernelFeatures(
                "6.18", YES, YES, YES, YES, feature(nonPreemptive), feature(graphReturns), YES, Set.of());
    }

    private static KernelFeature feature(State state) {
        return new KernelFeature("it", state, "for a reason", null);
    }
}
