// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.binfmt.BinfmtState.Presence;
import io.nodevitals.agent.http.BinfmtJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinfmtReportTest {
    private static final BinfmtHandler LOST =
            new BinfmtHandler("gone", true, "/usr/bin/gone", "F", null, 0, "4142", null);
    private static final BinfmtState REMEMBERED = new BinfmtState(LOST, Presence.LOST, 3, List.of("/bin/p"));

    @TempDir
    Path root;

    private Path proc;
    private Path misc;

    @BeforeEach
    void mount() throws Exception {
        proc = root.resolve("proc");
        misc = Files.createDirectories(proc.resolve("sys/fs/binfmt_misc"));
        Files.writeString(misc.resolve("register"), "");
        Files.writeString(misc.resolve("status"), "enabled\n");
    }

    @Test
    void whatIsSwitchedOffLostOrNeverRegisteredIsToBeWritten() throws Exception {
        Files.writeString(misc.resolve("off"), "disabled\ninterpreter /usr/bin/off\nflags: \nextension .off\n");
        Files.createDirectories(root.resolve("etc/binfmt.d"));
        Files.writeString(root.resolve("etc/binfmt.d/n.conf"), ":never:E::nv::/usr/bin/n:\n");

        BinfmtReport report = BinfmtReport.read(proc, root, List.of(REMEMBERED));

        assertThat(report.missing())
                .containsExactly(
                        new BinfmtReport.Missing(
                                "gone", ":gone:M::\\x41\\x42::/usr/bin/gone:F", misc.resolve("register")),
                        new BinfmtReport.Missing("never", ":never:E::nv::/usr/bin/n:", misc.resolve("register")),
                        new BinfmtReport.Missing("off", "1", misc.resolve("off")));
        assertThat(report.missing().get(0).command())
                .isEqualTo("printf '%s' ':gone:M::\\x41\\x42::/usr/bin/gone:F' > " + misc.resolve("register"));
        assertThat(report.lines())
                .anyMatch(line -> line.matches(
                        "gone +lost +/usr/bin/gone  flags F  magic 4142  3 programs did not start" + " since: /bin/p"))
                .anyMatch(line ->
                        line.matches("off +disabled +/usr/bin/off  files \\*.off  \\(its interpreter is not there\\)"))
                .anyMatch(line -> line.matches("never +lost +named in .*/n.conf and not registered"));
    }

    @Test
    void whereItIsNotMountedNothingIsKnown() throws Exception {
        Files.delete(misc.resolve("register"));

        assertThat(BinfmtReport.read(proc, root, List.of()).mounted()).isFalse();
    }

    @Test
    void theApiTellsTheSameBothWays() throws Exception {
        String json = BinfmtJson.toJson(List.of(REMEMBERED));

        assertThat(BinfmtJson.fromJson(json)).singleElement().satisfies(state -> {
            assertThat(state.handler().isSameAs(LOST)).isTrue();
            assertThat(state.presence()).isEqualTo(Presence.LOST);
            assertThat(state.failures()).isEqualTo(3);
            assertThat(state.programs()).containsExactly("/bin/p");
        });
    }
}
