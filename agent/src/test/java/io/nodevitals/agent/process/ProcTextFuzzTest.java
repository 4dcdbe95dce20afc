// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Texts of /proc in which a process chooses the names. */
class ProcTextFuzzTest {
    @FuzzTest
    void aStatLineIsAProcessOrNone(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        ProcStat stat = ProcStat.parse(text);
        if (stat != null) {
            assertThat(text).contains(stat.comm());
        }
        // Whatever a process calls itself, the numbers are its own.
        String comm = text.replace("\n", "")
                .substring(0, Math.min(15, text.replace("\n", "").length()));
        assertThat(ProcStat.parse("42 (" + comm + ") S 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 987 4096 5 6"))
                .isEqualTo(new ProcStat(42, comm, 7, 987, 4096));
    }

    @FuzzTest
    void aCommandLineAndANameAreFitToLeave(byte[] bytes) {
        CommandLine line =
                CommandLine.of(Arrays.copyOf(bytes, Math.min(bytes.length, CommandLine.MAX_BYTES)), bytes.length);
        if (line != null) {
            line.shown().forEach(ProcTextFuzzTest::assertFit);
        }
        assertFit(Names.sanitise(new String(bytes, StandardCharsets.ISO_8859_1)));
    }

    private static void assertFit(String shown) {
        assertThat(shown.length()).isLessThanOrEqualTo(Names.MAX_LENGTH + 1);
        assertThat(shown.codePoints()).allMatch(ProcTextFuzzTest::isHarmless);
        assertThat(new String(shown.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                .isEqualTo(shown);
    }

    private static boolean isHarmless(int codePoint) {
        return !Character.isISOControl(codePoint)
                && Character.getType(codePoint) != Character.FORMAT
                && Character.getType(codePoint) != Character.SURROGATE;
    }
}
