// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuantitiesTest {

    @Test
    void sizesReadWell() {
        assertThat(Quantities.formatBytes(0)).isEqualTo("0 B");
        assertThat(Quantities.formatBytes(1023)).isEqualTo("1023 B");
        assertThat(Quantities.formatBytes(1024)).isEqualTo("1 KiB");
        assertThat(Quantities.formatBytes(1536 << 10)).isEqualTo("1.5 MiB");
        assertThat(Quantities.formatBytes(Long.MAX_VALUE)).isEqualTo("8 EiB");
    }

    @Test
    void theVersionIsTheBuilds() {
        assertThat(AgentVersion.current()).matches("[0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?");
    }
}
