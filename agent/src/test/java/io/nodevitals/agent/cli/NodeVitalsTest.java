// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.runtime.AgentStartException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeVitalsTest {
    private final Command command = new Command();

    @Test
    void withoutACommandItShowsItsHelpAsWrongUsage() {
        assertThat(command.run()).isEqualTo(2);
        assertThat(command.err()).contains("run", "trace", "doctor", "Exit codes");
        assertThat(command.out()).isEmpty();
    }

    @Test
    void theVersionIsOneLine() {
        assertThat(command.run("--version")).isZero();
        assertThat(command.out()).matches("nodevitals [0-9.]+(-SNAPSHOT)?\\R");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "trace", "doctor"})
    void theHelpOfACommandListsEverySettingWithItsDefaultAndVariable(String name) {
        assertThat(command.run(name, "--help")).isZero();
        // Where lines are broken does not matter.
        String help = command.out().replaceAll("\\s", "");
        for (Setting<?> setting : Setting.ALL) {
            assertThat(help)
                    .contains(setting.flag(), "Variable:" + setting.variable())
                    .contains("Default:" + (setting.defaultText().isEmpty() ? "unset" : setting.defaultText()));
        }
        assertThat(new Command().run("help", name)).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run --http-adress=1.2.3.4:5 | Unknown option '--http-adress': did you mean --http-address?",
                "run --colour | Unknown option '--colour'.",
                "rnu | Unknown command 'rnu': did you mean run?",
                "run extra | Unexpected word 'extra'.",
                "run --attach best | --attach is 'best' but must be one of auto, tracepoint, tp_btf, kprobe, kprobe_multi, fexit.",
                "run --http-address 0.0.0.0:1 | --http-address is '0.0.0.0:1' but must be a loopback address",
                "run --memory-ring-size 5KiB | --memory-ring-size is '5KiB' but must be a power of two",
                "run --attach | Missing required parameter for option '--attach'",
                "run --attach auto --attach kprobe | Option '--attach' (VALUE) should be specified only once.",
                "trace --duration soon | --duration is 'soon' but must be a time, such as 500ms, 10s, 5m or 1h.",
                "trace --events nodevitals.exec.fail | did you mean nodevitals.exec.failed?",
                "trace --events mmap | the known ones are nodevitals.binfmt.changed, nodevitals.exec.failed",
                "trace --pod web-1 | --pod is 'web-1' but must be a pod's UID",
                "doctor --spans x | --spans is 'x' but must be one of abnormal, all, off."
            })
    void wrongUsageIsOneSentenceThatNamesTheThing(String arguments, String sentence) {
        assertThat(command.run(arguments.split(" "))).isEqualTo(2);
        assertThat(command.err()).startsWith("nodevitals: ").contains(sentence).doesNotContain("\tat ");
        assertThat(command.err().lines()).hasSize(1);
        assertThat(command.out()).isEmpty();
    }

    @Test
    void aBadVariableStopsEveryCommand() {
        command.environment.put("NODEVITALS_ATTACH", "fast");
        for (String name : List.of("run", "trace", "doctor")) {
            assertThat(command.run(name)).isEqualTo(2);
        }
        assertThat(command.err()).contains("NODEVITALS_ATTACH is 'fast' but must be one of auto");
    }

    @Test
    void anUnknownVariableStopsTheStart() {
        command.environment.put("NODEVITALS_ATACH", "auto");
        assertThat(command.run("run")).isEqualTo(2);
        assertThat(command.err()).contains("Unknown variable NODEVITALS_ATACH: did you mean NODEVITALS_ATTACH?");
    }

    @Test
    void aMalformedEndpointIsWrongUsage() {
        command.agent.refusal = new AgentStartException(
                AgentStartException.Kind.USAGE,
                "OTEL_EXPORTER_OTLP_ENDPOINT is 'nowhere' but must be a URL, such as http://localhost:4317.",
                new IllegalArgumentException("for the test"));
        assertThat(command.run("run", "--http-address", "127.0.0.1:0")).isEqualTo(2);
        assertThat(command.err())
                .isEqualToIgnoringNewLines(
                        "nodevitals: OTEL_EXPORTER_OTLP_ENDPOINT is 'nowhere' but must be a URL, such"
                                + " as http://localhost:4317.");
    }

    @Test
    void aMissingLibraryIsAProblemOfTheMachine() {
        command.agent.refusal = new AgentStartException(
                AgentStartException.Kind.ENVIRONMENT, "libbpf.so.1 is missing: apt-get install libbpf1.", null);
        assertThat(command.run("run", "--http-address", "127.0.0.1:0")).isEqualTo(1);
        assertThat(command.err()).contains("libbpf.so.1 is missing: apt-get install libbpf1.");
    }

    @Test
    void debugAddsTheStackTrace() {
        assertThat(command.run("run", "--debug", "--attach", "best")).isEqualTo(2);
        assertThat(command.err()).contains("SettingException", "\tat ");
    }

    @Test
    void whatTheUserTypedIsInertInTheAnswer() {
        assertThat(command.run("run", "--\u001b[31mred")).isEqualTo(2);
        assertThat(command.run("run", "--attach", "\u001b]0;x\u0007")).isEqualTo(2);
        assertThat(command.run("\u001b[2J")).isEqualTo(2);
        assertThat(command.err()).doesNotContain("\u001b", "\u0007");
    }
}
