// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.attribute.CgroupHierarchy;
import io.nodevitals.agent.config.AttachMode;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.bpf.object.AttachMethod;
import io.nodevitals.bpf.object.AttachPolicy;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KernelSettingsTest {
    @ParameterizedTest
    @CsvSource({"5000, 500, 100000000", "50, 5, 100000000", "15, 2, 133333333", "1, 1, 1000000000", "0, 0, 1"})
    void aBudgetIsGivenOutInTenthsOfASecondAtThatRate(String budget, long records, long windowNanos) throws Exception {
        Settings settings = Settings.of(Map.of(Setting.LIFECYCLE_BUDGET, budget), Map.of());
        CgroupHierarchy unified = new CgroupHierarchy(CgroupHierarchy.UNIFIED, Path.of("/sys/fs/cgroup"), "");

        assertThat(KernelSettings.of(settings, unified).constants())
                .containsEntry("nv_budget_records", records)
                .containsEntry("nv_budget_window_nanos", windowNanos);
    }

    @Test
    void autoTakesTheBestFirst() {
        assertThat(KernelSettings.policy(AttachMode.AUTO)).isEqualTo(AttachPolicy.auto());
    }

    @Test
    void aModePrefersItsOwnMethod() {
        assertThat(KernelSettings.policy(AttachMode.FEXIT)).hasToString("fexit, fentry, tp_btf, raw_tp, tracepoint");
        assertThat(KernelSettings.policy(AttachMode.KPROBE))
                .hasToString("kprobe, kretprobe, tp_btf, raw_tp, tracepoint");
        assertThat(KernelSettings.policy(AttachMode.KPROBE_MULTI))
                .hasToString("kprobe_multi, kprobe, tp_btf, raw_tp, tracepoint");
        assertThat(KernelSettings.policy(AttachMode.TP_BTF)).hasToString("tp_btf, raw_tp, tracepoint");
        assertThat(KernelSettings.policy(AttachMode.TRACEPOINT)).hasToString("tracepoint, raw_tp");
    }

    @ParameterizedTest
    @EnumSource
    void noModeLeavesAProbeWithoutAWay(AttachMode mode) {
        assertThat(KernelSettings.policy(mode).preferred()).contains(AttachMethod.RAW_TP, AttachMethod.TRACEPOINT);
    }
}
