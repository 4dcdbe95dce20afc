// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.nodevitals.agent.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The manifests are what the API server takes, and give the agent what it needs and no more. */
class ManifestsTest {
    private static final Path MANIFESTS = Path.of("../deploy/kubernetes");
    private static final Map<String, Class<?>> TYPES = Map.of(
            "v1/Namespace", Namespace.class,
            "v1/ServiceAccount", ServiceAccount.class,
            "apps/v1/DaemonSet", DaemonSet.class,
            "networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class);
    // Custom resources and kustomize's own files have no type in the model.
    private static final List<String> UNTYPED =
            List.of("kustomize.config.k8s.io/v1beta1/Kustomization", "monitoring.coreos.com/v1/PodMonitor");

    @Test
    void everyObjectHasOnlyFieldsThatItsTypeHas() throws IOException {
        int typed = 0;
        for (Path file : files(MANIFESTS)) {
            for (JsonNode document : StrictYaml.documents(file)) {
                Class<?> type = TYPES.get(kind(document));
                if (type != null) {
                    assertThat(StrictYaml.read(document, type))
                            .as(file.toString())
                            .isNotNull();
                    typed++;
                } else {
                    assertThat(UNTYPED).as(file.toString()).contains(kind(document));
                }
            }
        }
        assertThat(typed).isEqualTo(5);
    }

    // Collector and Prometheus have no types here: that these files are YAML without repeated keys is all that is known
    // of them.
    @Test
    void everyFileOfDeployParses() throws IOException {
        assertThat(files(Path.of("../deploy")))
                .hasSizeGreaterThan(15)
                .allSatisfy(file -> assertThat(StrictYaml.documents(file))
                        .as(file.toString())
                        .isNotEmpty());
    }

    @Test
    void aRepeatedFieldIsRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("twice.yaml"), "kind: A\nkind: B\n");
        assertThatThrownBy(() -> StrictYaml.documents(file)).isInstanceOf(JacksonException.class);
    }

    @Test
    void aFieldThatDoesNotExistIsRefused() {
        ObjectNode document = (ObjectNode) daemonSetDocument();
        ((ObjectNode) document.at("/spec/template/spec/containers/0")).put("livenesProbe", 1);
        assertThatThrownBy(() -> StrictYaml.read(document, DaemonSet.class))
                .isInstanceOf(JacksonException.class)
                .hasMessageContaining("livenesProbe");
    }

    @Test
    void capabilitiesAreThoseOfTheDocumentedTable() throws IOException {
        Container agent = agent();
        assertThat(agent.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        List<String> added = agent.getSecurityContext().getCapabilities().getAdd();
        assertThat(added).containsExactly("BPF", "PERFMON", "SYS_PTRACE", "DAC_READ_SEARCH");
        String documented = Files.readString(Path.of("../docs/privileges-and-kernels.md"));
        assertThat(added).allSatisfy(name -> assertThat(documented).contains("CAP_" + name));
        assertThat(agent.getSecurityContext().getPrivileged()).isNull();
        assertThat(agent.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(agent.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    }

    @Test
    void theBackendHasNoSayInAnyProbe() {
        Container agent = agent();
        assertThat(agent.getStartupProbe().getHttpGet().getPath()).isEqualTo("/healthz");
        assertThat(agent.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/healthz");
        assertThat(agent.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/readyz");
    }

    @Test
    void hostPathsCannotBeWrittenAndTheTokenIsNotThere() {
        PodSpec pod = daemonSet().getSpec().getTemplate().getSpec();
        List<String> hostPaths = pod.getVolumes().stream()
                .filter(volume -> volume.getHostPath() != null)
                .map(volume -> volume.getName())
                .toList();
        assertThat(agent().getVolumeMounts())
                .filteredOn(mount -> hostPaths.contains(mount.getName()))
                .hasSize(4)
                .allSatisfy(mount -> assertThat(mount.getReadOnly()).isTrue());
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getHostNetwork()).isNull();
        assertThat(pod.getHostPID()).isTrue();
    }

    @Test
    void everyVariableIsASettingOfTheAgent() {
        List<String> settings =
                Setting.ALL.stream().map(setting -> setting.variable()).toList();
        assertThat(agent().getEnv())
                .extracting(EnvVar::getName)
                .filteredOn(name -> name.startsWith(Setting.VARIABLE_PREFIX))
                .hasSize(3)
                .isSubsetOf(settings);
    }

    private static Container agent() {
        return daemonSet().getSpec().getTemplate().getSpec().getContainers().get(0);
    }

    private static DaemonSet daemonSet() {
        return StrictYaml.read(daemonSetDocument(), DaemonSet.class);
    }

    private static JsonNode daemonSetDocument() {
        return StrictYaml.documents(MANIFESTS.resolve("base/daemonset.yaml")).get(0);
    }

    private static String kind(JsonNode document) {
        return document.path("apiVersion").asString()
                + '/'
                + document.path("kind").asString();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }
}
