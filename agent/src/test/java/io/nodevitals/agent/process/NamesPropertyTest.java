// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class NamesPropertyTest {
    @Property
    void anyBytesBecomeBoundedTextThatSurvivesUtf8(@ForAll @Size(max = 1200) byte[] bytes) {
        String clean = Names.sanitise(new String(bytes, StandardCharsets.ISO_8859_1));
        assertThat(clean.length()).isLessThanOrEqualTo(Names.MAX_LENGTH);
        assertThat(new String(clean.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                .isEqualTo(clean);
        assertThat(clean.codePoints()
                        .filter(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT))
                .isEmpty();
    }
}
