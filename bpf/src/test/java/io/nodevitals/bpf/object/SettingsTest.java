// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    @ParameterizedTest
    @ValueSource(ints = {0, -4096, 2048, 5000, 1 << 30, Integer.MIN_VALUE})
    void aRingMustBeAPowerOfTwoThatCanBeMappedTwice(int bytes) {
        assertThatThrownBy(() -> BpfSettings.defaults().withRings(bytes, 4096))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("lifecycleRingBytes=" + bytes);
        assertThatThrownBy(() -> BpfSettings.defaults().withRings(4096, bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("memoryRingBytes=" + bytes);
    }

    @Test
    void anUnknownProbeNamesItself() {
        assertThatThrownBy(() -> BpfSettings.defaults().withProbes(Set.of("nmap")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("probe=nmap is not one of [cgroup, fork");
    }

    @Test
    void attachIsAutoOrMethodsInTheirOrder() {
        assertThat(AttachPolicy.auto().preferred())
                .containsExactly(
                        AttachMethod.FEXIT,
                        AttachMethod.KPROBE,
                        AttachMethod.FENTRY,
                        AttachMethod.TP_BTF,
                        AttachMethod.RAW_TP,
                        AttachMethod.TRACEPOINT,
                        AttachMethod.KRETPROBE);
        assertThat(AttachPolicy.auto()).hasToString("auto");
        assertThat(AttachPolicy.of(AttachMethod.KRETPROBE, AttachMethod.TP_BTF)).hasToString("kretprobe, tp_btf");
        assertThatThrownBy(AttachPolicy::of).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AttachPolicy.of(AttachMethod.KPROBE, AttachMethod.KPROBE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aKnobIsWrittenInTheWidthOfItsVariable() {
        assertThat(ObjectHandle.encode("k", 1, 255)).containsExactly(0xff);
        assertThat(ObjectHandle.encode("k", 4, 0x01020304)).containsExactly(4, 3, 2, 1);
        assertThat(ObjectHandle.encode("k", 4, 0xffffffffL)).containsExactly(0xff, 0xff, 0xff, 0xff);
        assertThat(ObjectHandle.encode("k", 8, -1)).hasSize(8).containsOnly(0xff);
        assertThatThrownBy(() -> ObjectHandle.encode("k", 1, 256))
                .hasMessage("constant=k value=256 does not fit bytes=1");
        assertThatThrownBy(() -> ObjectHandle.encode("k", 2, -32769)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ObjectHandle.encode("k", 3, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
