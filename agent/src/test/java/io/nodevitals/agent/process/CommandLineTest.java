// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CommandLineTest {
    @Test
    void argumentsEndInANulAndMayBeEmpty() {
        assertThat(of("sh\0-c\0\0exit 3\0").arguments()).containsExactly("sh", "-c", "", "exit 3");
        assertThat(of("sh\0-c\0\0exit 3\0").shown()).containsExactly("sh", "-c", "", "exit 3");
    }

    @Test
    void whatWasCutShowsIt() {
        CommandLine cut = CommandLine.of(bytes("java\0-jar\0/opt/very"), 4000);

        assertThat(cut.cut()).isTrue();
        assertThat(cut.shown()).containsExactly("java", "-jar", "/opt/very\u2026");
        // A program may overwrite the last NUL of its own command line, as setproctitle does: that is not a cut.
        assertThat(of("nginx: worker").shown()).containsExactly("nginx: worker");
    }

    @Test
    void whatLeavesTheAgentIsSanitised() {
        assertThat(of("\u001b[31m\0\u00c3\u00a9\0").shown()).containsExactly("\uFFFD[31m", "\u00e9");
    }

    @Test
    void nothingIsNoCommandLine() {
        assertThat(CommandLine.of(new byte[0], 0)).isNull();
        assertThat(CommandLine.of(new byte[0], 4000)).isNull();
    }

    private static CommandLine of(String text) {
        return CommandLine.of(bytes(text), text.length());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
