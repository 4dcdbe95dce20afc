// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.http.Json;
import io.nodevitals.agent.kernel.Received.Item;
import io.nodevitals.otel.pipeline.OtlpReceiver;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes choose their names: every output of the built agent stays whole and inert, whatever they choose, and says of each
 * process exactly once what became of it.
 */
@Timeout(60)
class HostileNamesKernelIT {
    private static final String TERMINATED = "nodevitals.process.terminated";
    private static final String EXEC_FAILED = "nodevitals.exec.failed";
    private static final char REPLACED = '\uFFFD';
    /** As the agent's Names.MAX_LENGTH has it. */
    private static final int LONGEST_NAME = 512;

    private static final Pattern CONSOLE_EVENT = Pattern.compile(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z  (terminated |exec failed|oom killed )  \\S.*");

    /** By what they are, as raw bytes in Latin-1, with what may be shown of them. */
    private static final Map<String, String> NAMES = new LinkedHashMap<>();

    static {
        NAMES.put("\u001b[2J\u001b]0;x\u0007", "\uFFFD[2J\uFFFD]0;x\uFFFD");
        NAMES.put("a\n{\"b\":1}\r\n", "a\uFFFD{\"b\":1}\uFFFD\uFFFD");
        NAMES.put("\u00ff\u00fe\u00c0\u0080", "\uFFFD\uFFFD\uFFFD\uFFFD");
        NAMES.put("q\"'`\\\",}", "q\"'`\\\",}");
        NAMES.put("x) R 1 (", "x) R 1 (");
        NAMES.put("${jndi:ldap}", "${jndi:ldap}");
        NAMES.put("<script>a<b>&", "<script>a<b>&");
        // U+202E, which turns the text after it round; U+2028, which ends a line; U+D800, half a character.
        NAMES.put("\u00e2\u0080\u00aegnp", "\uFFFDgnp");
        NAMES.put("\u00e2\u0080\u00a8x\u00ed\u00a0\u0080", "\uFFFDx\uFFFD");
        NAMES.put("\u007f\u00c2\u009b31m", "\uFFFD\uFFFD31m");
        NAMES.put("gr\u00c3\u00b6\u00c3\u009fe %n%s", "gr\u00f6\u00dfe %n%s");
    }

    private static final String POD_UID = UUID.randomUUID().toString();
    private static final String CONTAINER_ID = (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "");

    /** What each hostile process must be reported as: event name, and the attribute to look at with its value. */
    private record Expected(String event, String key, String value) {}

    private static final Map<Long, Expected> EXPECTED = new TreeMap<>();

    @TempDir
    private static Path directory;

    private static TestCgroup cgroup;
    private static OtlpReceiver receiver;
    private static AgentProcess agent;
    private static AgentProcess trace;
    private static Received pod;

    @BeforeAll
    static void actUnderEveryName() throws Exception {
        AgentUnderTest.require();
        cgroup = TestCgroup.burstable(POD_UID, CONTAINER_ID);
        receiver = OtlpReceiver.start();
        pod = new Received(receiver, POD_UID);
        // There before the agent: it knows this one from /proc/PID/stat, which the name is made to garble.
        try (Victim early = Victim.start(cgroup, "named", hex("x) R 1 ("), "wait")) {
            early.awaitReady();
            agent = AgentProcess.running(Map.of(
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    receiver.endpoint(),
                    "OTEL_EXPORTER_OTLP_PROTOCOL",
                    "http/protobuf",
                    "OTEL_METRIC_EXPORT_INTERVAL",
                    "500"));
            String address = agent.url().substring("http://".length());
            trace = AgentProcess.start(
                    Map.of(), List.of(), "trace", "--json", "--pod", POD_UID, "--http-address", address);
            trace.awaitErr("the stream", line -> line.startsWith("Following"));
            for (Map.Entry<String, String> name : NAMES.entrySet()) {
                actAs(name.getKey(), name.getValue());
            }
            actUnderLongPaths();
            Victim.run(cgroup, "named", hex("\u001b[1m\n\"k"), "kill", Long.toString(early.pid()), "9");
            expect(early.await(), TERMINATED, "nodevitals.signal.sender.executable.name", "victim");
        }
        receiver.await("all events", ignored -> pod.events().size() >= EXPECTED.size());
        for (long pid : EXPECTED.keySet()) {
            trace.awaitOut(
                    "pid " + pid,
                    line -> line.contains("\"process.pid\":" + pid + "}")
                            || line.contains("\"process.pid\":" + pid + ","));
        }
    }

    @AfterAll
    static void stopAll() throws Exception {
        for (AutoCloseable part : new AutoCloseable[] {trace, agent, receiver, cgroup}) {
            if (part != null) {
                part.close();
            }
        }
    }

    private static void actAs(String name, String shown) throws Exception {
        String path = directory + "/" + name;
        expect(Victim.run(cgroup, "copy", hex(path), "segv"), TERMINATED, "process.executable.name", shown);
        expect(
                Victim.run(cgroup, "start-hex", hex("/no/" + name)),
                EXEC_FAILED,
                "nodevitals.exec.file",
                "/no/" + shown);
        // Its thread's name is nothing that the agent goes by: the program's file is.
        expect(Victim.run(cgroup, "named", hex(name), "segv"), TERMINATED, "process.executable.name", "victim");
    }

    private static void actUnderLongPaths() throws Exception {
        String missing = "/" + "a\u001b".repeat(2047);
        expect(Victim.run(cgroup, "start-hex", hex(missing)), EXEC_FAILED, "error.type", "ENAMETOOLONG");
        String deep = "/no" + "/d\u0007".repeat(1360);
        expect(Victim.run(cgroup, "start-hex", hex(deep)), EXEC_FAILED, "error.type", "ENOENT");
        String here = directory + "/.".repeat((4000 - directory.toString().length()) / 2) + "/long";
        expect(Victim.run(cgroup, "copy", hex(here), "segv"), TERMINATED, "nodevitals.termination.cause", "segfault");
    }

    private static void expect(Victim.Ended victim, String event, String key, String value) {
        EXPECTED.put(victim.pid(), new Expected(event, key, value));
    }

    @Test
    void otlpHasEachProcessOnceWithItsName() {
        List<Item> events = pod.events();
        assertThat(events).allSatisfy(event -> event.attributes().values().forEach(HostileNamesKernelIT::assertInert));
        EXPECTED.forEach((pid, expected) -> assertThat(events)
                .filteredOn(event -> event.attributes().get("process.pid").equals(Long.toString(pid)))
                .as("pid=%d", pid)
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.name()).isEqualTo(expected.event);
                    assertThat(event.attributes()).containsEntry(expected.key, expected.value);
                }));
        assertThat(pod.spans()).allSatisfy(span -> {
            assertInert(span.name());
            span.attributes().values().forEach(HostileNamesKernelIT::assertInert);
        });
        assertThat(receiver.undecodable()).isEmpty();
    }

    @Test
    void traceHasOneJsonObjectPerLine() throws Exception {
        assertOneEach(parsed(trace.lines()));
    }

    @Test
    void theApiAnswersWithJson() throws Exception {
        List<Object> events = new java.util.ArrayList<>();
        for (String list : List.of("terminations", "exec-failures")) {
            AgentProcess.Page page = agent.get("/api/v1/" + list);
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.body().chars()).allMatch(c -> c >= ' ' && c < 0x7f || c == '\n');
            Map<?, ?> answer = (Map<?, ?>) Json.parse(page.body());
            answer.values().stream().filter(List.class::isInstance).forEach(value -> events.addAll((List<?>) value));
        }
        assertOneEach(events);
        for (String path : List.of("status", "workloads")) {
            assertThat(Json.parse(agent.get("/api/v1/" + path).body())).isInstanceOf(Map.class);
        }
    }

    @Test
    void theConsoleHasOneLinePerEvent() {
        List<String> lines = agent.lines();
        assertThat(lines).allSatisfy(HostileNamesKernelIT::assertInert);
        List<String> events =
                lines.stream().filter(line -> line.contains("pod " + POD_UID)).toList();
        assertThat(events)
                .hasSize(EXPECTED.size())
                .allSatisfy(line -> assertThat(line).matches(CONSOLE_EVENT));
    }

    @Test
    void metricsStayReadable() throws Exception {
        AgentProcess.Page page = agent.get("/metrics");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body().lines())
                .isNotEmpty()
                .allMatch(line -> line.startsWith("# ")
                        || line.matches(
                                "[a-zA-Z_:][a-zA-Z0-9_:]*(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\]|\\\\[\\\\\"n])*\",?)*})?"
                                        + " [-+0-9.eE]+|.* \\+Inf"));
        assertInert(page.body().replace("\n", ""));
    }

    @Test
    void theHostileParentIsStillTheParent() {
        long self = ProcessHandle.current().pid();
        assertThat(pod.events())
                .allSatisfy(event ->
                        assertThat(event.attributes()).containsEntry("process.parent_pid", Long.toString(self)));
    }

    private static List<Object> parsed(List<String> lines) throws Exception {
        List<Object> events = new java.util.ArrayList<>();
        for (String line : lines) {
            assertThat(line.chars()).allMatch(c -> c >= ' ' && c < 0x7f);
            events.add(Json.parse(line));
        }
        return events;
    }

    private static void assertOneEach(List<Object> events) {
        EXPECTED.forEach((pid, expected) -> assertThat(events)
                .filteredOn(event -> pid.equals(((Map<?, ?>) event).get("process.pid")))
                .as("pid=%d", pid)
                .singleElement()
                .satisfies(event -> {
                    assertThat(((Map<?, ?>) event).get("event")).isEqualTo(expected.event);
                    assertThat(((Map<?, ?>) event).get(expected.key)).isEqualTo(expected.value);
                    assertInert((String) ((Map<?, ?>) event).get("summary"));
                }));
    }

    /** No character that a terminal obeys, a viewer turns round or a line ends with; no endless text. */
    private static void assertInert(String text) {
        assertThat(text.codePoints())
                .as(text)
                .allMatch(codePoint -> codePoint == REPLACED
                        || switch (Character.getType(codePoint)) {
                            case Character.CONTROL,
                                    Character.FORMAT,
                                    Character.LINE_SEPARATOR,
                                    Character.PARAGRAPH_SEPARATOR,
                                    Character.SURROGATE,
                                    Character.UNASSIGNED -> false;
                            default -> true;
                        });
    }

    private static String hex(String latin1) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(latin1.getBytes(StandardCharsets.ISO_8859_1));
        return HexFormat.of().formatHex(bytes.toByteArray());
    }
}
