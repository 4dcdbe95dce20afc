// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.config.AttachMode;
import io.nodevitals.bpf.object.AttachMethod;
import io.nodevitals.bpf.object.AttachPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KernelSettingsTest {
    @Test
    void autoTakesTheBestFirst() {
        assertThat(KernelSettings.policy(AttachMode.AUTO)).isEqualTo(AttachPolicy.auto());
    }

    @Test
    void aModePrefersItsOwnMethod() {
        assertThat(KernelSettings.policy(AttachMode.FEXIT)).hasToString("fexit, fentry, tp_btf, raw_tp, tracepoint");
        assertThat(KernelSettings.policy(AttachMode.KPROBE))
                .hasToString("kprobe, kretprobe, tp_btf, raw_tp, tracepoint");
        assertThat(KernelSettings.policy(AttachMode.TP_BTF)).hasToString("tp_btf, raw_tp, tracepoint");
        assertThat(KernelSettings.policy(AttachMode.TRACEPOINT)).hasToString("tracepoint, raw_tp");
    }

    @ParameterizedTest
    @EnumSource
    void noModeLeavesAProbeWithoutAWay(AttachMode mode) {
        assertThat(KernelSettings.policy(mode).preferred()).contains(AttachMethod.RAW_TP, AttachMethod.TRACEPOINT);
    }
}
