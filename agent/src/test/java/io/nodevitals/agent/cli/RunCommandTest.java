// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.runtime.NodeAgentFactory.Purpose;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RunCommandTest {
    private static final Pattern URL = Pattern.compile("Page and /metrics: (http://127\\.0\\.0\\.1:[0-9]+/)");

    private final Command command = new Command();

    @Test
    void itSaysWhatIsAttachedPrintsEventsServesThemAndStopsCleanlyWhenTold() throws Exception {
        command.agent.status = Samples.status(Samples.attached("exec"), Samples.unsupported("oom"));
        CompletableFuture<Integer> exitCode = command.runAside("run", "--http-address", "127.0.0.1:0");
        command.awaitOut("doctor");
        assertThat(command.out())
                .contains("Node Vitals 0.1.0 on node-a, Linux 6.18.0-test: 1 of 2 probes attached.")
                .contains("Not attached: oom. 'nodevitals doctor' says why.");
        assertThat(command.agent.purpose).isEqualTo(Purpose.RUN);

        command.agent.happen(Samples.terminated(Samples.pod("web"), "java"));
        command.awaitOut("SIGSEGV");
        assertThat(command.out())
                .contains("2026-01-02T03:04:05.678Z  terminated   shop/web/app  java was killed by SIGSEGV");
        assertThat(get("api/v1/terminations")).contains("java was killed by SIGSEGV");
        assertThat(get("api/v1/status")).contains("\"node_name\":\"node-a\"");

        command.shutdown.signalled();
        assertThat(exitCode.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(command.halted.get()).isZero();
        assertThat(command.agent.closed).isTrue();
        assertThat(command.out()).contains("Stopped; every probe is detached.");
    }

    @Test
    void anAgentThatDiesIsAFailure() throws Exception {
        CompletableFuture<Integer> exitCode = command.runAside("run", "--http-address", "127.0.0.1:0");
        command.agent.awaitStart();
        command.agent.die(new IllegalStateException("ring agent"));
        assertThat(exitCode.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(command.err()).contains("The agent stopped by itself (java.lang.IllegalStateException: ring agent)");
    }

    @Test
    void aTakenPortStopsTheStartBeforeAnyProbeIsAttached() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            assertThat(command.run("run", "--http-address", address)).isEqualTo(1);
            assertThat(command.err()).startsWith("nodevitals: " + address + " is taken");
            assertThat(command.agent.started).isNotDone();
        }
    }

    @Test
    void whatTheMachineLacksIsASentence() {
        command.host = HostFacts.read(java.nio.file.Path.of("/nowhere"), "Linux", "4.4", "amd64");
        assertThat(command.run("run")).isEqualTo(1);
        assertThat(command.err()).startsWith("nodevitals: Attaching probes needs root");
        assertThat(command.agent.started).isNotDone();
    }

    @Test
    void flagsReachTheAgent() throws Exception {
        command.environment.put("NODEVITALS_POD_LOGS", "/logs");
        CompletableFuture<Integer> exitCode = command.runAside(
                "run", "--http-address", "127.0.0.1:0", "--kubepods-root", "/a", "--kubepods-root", "/b,/c");
        command.agent.awaitStart();
        command.agent.close();
        assertThat(exitCode.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(command.agent.settings.get(Setting.KUBEPODS_ROOT)).containsExactly("/a", "/b", "/c");
        assertThat(command.agent.settings.get(Setting.POD_LOGS)).hasToString("/logs");
    }

    private String get(String path) throws Exception {
        Matcher matcher = URL.matcher(command.out());
        assertThat(matcher.find()).isTrue();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(matcher.group(1) + path)).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    }
}
