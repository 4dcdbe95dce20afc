// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Lines of mountinfo, in which whoever mounts chooses the names. */
class MountTextFuzzTest {
    @FuzzTest
    void aLineIsAMountOrNone(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        for (String line : text.split("\n", -1)) {
            CgroupMounts.Mount.parse(line);
        }
        String name = OctalEscapes.unescape(text);
        assertThat(name.length()).isLessThanOrEqualTo(text.length());
        assertThat(text.contains("\\") || name.equals(text)).isTrue();
    }
}
