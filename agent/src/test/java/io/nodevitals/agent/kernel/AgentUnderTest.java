// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.runtime.LinuxNodeAgentFactory;
import io.nodevitals.agent.runtime.NodeAgent;
import io.nodevitals.agent.runtime.NodeAgentFactory.Purpose;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.pipeline.OtlpReceiver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** The real agent in this JVM, on this machine's kernel, exporting to a real receiver. */
final class AgentUnderTest implements AutoCloseable {
    /** The attach mode, unless a test says another. */
    static final String ATTACH = System.getProperty("nodevitals.test.attach", "auto");

    private final OtlpReceiver receiver = OtlpReceiver.start();
    private final NodeAgent agent;

    AgentUnderTest(Map<Setting<?>, String> flags) throws Exception {
        Map<String, String> environment = Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                receiver.endpoint(),
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "http/protobuf",
                "OTEL_METRIC_EXPORT_INTERVAL",
                "500",
                // The default of ten seconds, in an emulated machine so many times more.
                "OTEL_EXPORTER_OTLP_TIMEOUT",
                Integer.toString(10_000 * Integer.getInteger("nodevitals.test.patience", 1)));
        Map<Setting<?>, String> all = new HashMap<>(flags);
        all.putIfAbsent(Setting.ATTACH, ATTACH);
        agent = new LinuxNodeAgentFactory(environment)
                .start(Purpose.RUN, Settings.of(all, Map.of()), List.of(), new AgentCounters());
    }

    /** Skips the test, saying why, where no BPF program can be loaded. */
    static void require() {
        Assumptions.assumeTrue(
                System.getProperty("user.name").equals("root"), "SKIPPED kernel test: must run as root to load BPF");
        Assumptions.assumeTrue(
                java.nio.file.Files.exists(java.nio.file.Path.of("/sys/kernel/btf/vmlinux")),
                "SKIPPED kernel test: this kernel has no BTF (/sys/kernel/btf/vmlinux)");
    }

    OtlpReceiver receiver() {
        return receiver;
    }

    AgentStatus status() {
        return agent.status();
    }

    /** How a probe is attached, such as tp_btf; null when it is not. */
    @Nullable
    String attachedBy(String probe) {
        return agent.status().probes().stream()
                .filter(status -> status.name().equals(probe))
                .map(AgentStatus.Probe::method)
                .findFirst()
                .orElse(null);
    }

    Received of(String podUid) {
        return new Received(receiver, podUid);
    }

    /** seen = submitted + folded + filtered + failed, per program and CPU; read until at rest, for the machine is never quiet. */
    void assertAccountsBalance() {
        List<String> unbalanced = agent.unbalancedAccounts();
        for (int attempt = 0; attempt < 50 && !unbalanced.isEmpty(); attempt++) {
            unbalanced = agent.unbalancedAccounts();
        }
        assertThat(unbalanced).isEmpty();
        assertThat(agent.status().notReadyReasons()).noneMatch(reason -> reason.startsWith("The account of"));
        assertThat(agent.status().programs())
                .allSatisfy(program ->
                        assertThat(program.failed()).as(program.name()).isZero());
    }

    @Override
    public void close() {
        agent.close();
        receiver.close();
    }
}
