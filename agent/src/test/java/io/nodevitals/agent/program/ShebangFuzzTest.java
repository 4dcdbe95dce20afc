// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** The first line of any file. */
class ShebangFuzzTest {
    static Stream<byte[]> lines() {
        return Stream.of(
                        "#!/bin/sh\n",
                        "#! \t/usr/bin/env  -S python3 -u \r\n",
                        "#!\n",
                        "#!/bin/sh -e",
                        "#! /a\0b\n",
                        "#!" + "x".repeat(300))
                .map(line -> line.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("lines")
    @FuzzTest(maxDuration = "10m")
    void aFirstLineIsReadOrRefused(byte[] file) {
        Shebang shebang = Shebang.parse(file);

        assertThat(shebang != null).isEqualTo(file.length >= 2 && file[0] == '#' && file[1] == '!');
        if (shebang == null) {
            return;
        }
        String argument = shebang.argument();
        assertThat(shebang.interpreter()).doesNotContain("\n", "\0", " ", "\t").hasSizeLessThanOrEqualTo(254);
        // The kernel reads 256 bytes: what lies beyond cannot matter.
        assertThat(Shebang.parse(Arrays.copyOf(file, Math.min(file.length, 256))))
                .isEqualTo(shebang);
        String line = "#!" + shebang.interpreter();
        if (argument != null) {
            assertThat(argument).doesNotContain("\n", "\0").isNotEmpty();
            assertThat(argument.charAt(0)).isNotIn(' ', '\t');
            assertThat(argument.charAt(argument.length() - 1)).isNotIn(' ', '\t');
            line += " " + argument;
        }
        assertThat(Shebang.parse((line + "\n").getBytes(StandardCharsets.ISO_8859_1)))
                .isEqualTo(shebang);
    }
}
