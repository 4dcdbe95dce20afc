// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> WORDS = List.of("--attach", "--http-address", "--node-name");

    @Test
    void findsTheWordBehindATypo() {
        assertThat(Nearest.to("--atach", WORDS)).contains("--attach");
        assertThat(Nearest.to("--http-adress", WORDS)).contains("--http-address");
        assertThat(Nearest.to("--nodename", WORDS)).contains("--node-name");
    }

    @Test
    void suggestsNothingForAWordOfItsOwn() {
        assertThat(Nearest.to("--colour", WORDS)).isEmpty();
        assertThat(Nearest.to("x", List.of())).isEmpty();
    }
}
