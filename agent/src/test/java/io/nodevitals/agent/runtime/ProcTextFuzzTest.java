// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nodevitals.agent.process.CommandLine;
import io.nodevitals.agent.process.Names;
import io.nodevitals.agent.process.ProcStat;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What /proc/PID says of a process in stat, cmdline and mountinfo: it chose its name, its arguments and its mounts. */
class ProcTextFuzzTest {
    private static final String FIELDS = " S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4242 8192000 500\n";

    static Stream<byte[]> texts() {
        return Stream.of(
                        "4711 (sh)" + FIELDS,
                        "1 (x) R 1 ()" + FIELDS,
                        "7 ()" + FIELDS.replace("4242", "-1"),
                        "7 (a)" + FIELDS.replace("8192000", "18446744073709551615"),
                        "/bin/sh\0-c\0echo \u001b[31m\u00ff\0",
                        "\0\0",
                        "26 1 0:22 / /proc rw,nosuid,noexec - proc proc rw\n31 1 8:1 /a /b\\040c rw - ext4 /dev/sda rw\n")
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("texts")
    @FuzzTest(maxDuration = "10m")
    void noTextIsMoreThanItSays(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        ProcStat stat = ProcStat.parse(text);
        if (stat != null) {
            String line = stat.tgid() + " (" + stat.comm() + ") S " + stat.parentTgid() + " 0".repeat(17) + " "
                    + stat.startTicks() + " " + stat.virtualBytes() + " 0\n";
            assertThat(ProcStat.parse(line)).isEqualTo(stat);
            assertThat(ProcStat.parse("1 (" + text + ")" + FIELDS)).isEqualTo(new ProcStat(1, text, 1, 4242, 8192000));
        }
        CommandLine command = CommandLine.of(bytes, bytes.length);
        if (command != null) {
            String joined = String.join("\0", command.arguments());
            assertThat(text).isIn(joined, joined + "\0");
            assertThat(command.cut()).isFalse();
            for (String shown : command.shown()) {
                assertThat(shown).hasSizeLessThanOrEqualTo(Names.MAX_LENGTH);
                assertThat(shown.chars()).noneMatch(Character::isISOControl);
            }
        }
        String point = MountPoints.pointOf(31, text);
        if (point != null) {
            assertThat(text).contains("31 ");
            assertThat(point).hasSizeLessThanOrEqualTo(text.length());
            // Further lines, whatever they are, do not change it.
            assertThat(MountPoints.pointOf(31, text + "\n31 1 0:1 / /other rw")).isEqualTo(point);
        }
        assertThat(CommandLine.of(Arrays.copyOf(bytes, Math.min(bytes.length, 1)), 2) == null)
                .isEqualTo(bytes.length == 0);
    }
}
