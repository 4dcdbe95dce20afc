// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** A script's first line. */
class ShebangFuzzTest {
    @FuzzTest
    void aFirstLineNamesAnInterpreterOrNone(byte[] head) {
        Shebang shebang = Shebang.parse(head);
        if (shebang == null) {
            return;
        }
        assertThat(new String(head, StandardCharsets.ISO_8859_1)).startsWith("#!");
        assertThat(shebang.interpreter()).doesNotContain("\n", " ", "\t", "\0");
        if (shebang.argument() != null) {
            assertThat(shebang.argument()).isNotEmpty().doesNotContain("\n").doesNotContain("\0");
        }
        // Reading what was read gives the same.
        String line =
                "#!" + shebang.interpreter() + (shebang.argument() == null ? "" : " " + shebang.argument()) + "\n";
        assertThat(Shebang.parse(line.getBytes(StandardCharsets.ISO_8859_1))).isEqualTo(shebang);
    }
}
