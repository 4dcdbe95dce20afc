// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.otel.model.Scope;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the attributes of the common resource come from, and who wins. */
class BaseResourceTest {
    @TempDir
    private Path root;

    @BeforeEach
    void makeMachine() throws IOException {
        Files.createDirectories(root.resolve("proc/sys/kernel"));
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(root.resolve("proc/sys/kernel/hostname"), "node-1\n");
        Files.writeString(root.resolve("proc/sys/kernel/osrelease"), "6.18.0\n");
        Files.writeString(
                root.resolve("etc/os-release"),
                "NAME=\"Debian GNU/Linux\"\nVERSION_ID='12'\nPRETTY_NAME=\"Debian 12\"\nID=debian\nodd line\n");
    }

    private static Map<String, Object> values(Resource resource) {
        Map<String, Object> values = new HashMap<>();
        resource.getAttributes().forEach((key, value) -> values.put(key.getKey(), value));
        return values;
    }

    @Test
    void theMachineAndTheCallerAreDescribed() {
        Attributes fromCaller =
                Attributes.builder().put("k8s.node.name", "worker-7").build();
        assertThat(values(BaseResource.create(Map.of(), fromCaller, root)))
                .containsEntry("service.name", "nodevitals")
                .containsEntry("service.version", Scope.VERSION)
                .containsEntry("host.name", "node-1")
                .containsEntry("os.type", "linux")
                .containsEntry("os.name", "Debian GNU/Linux")
                .containsEntry("os.version", "12")
                .containsEntry("os.description", "Linux 6.18.0 (Debian 12)")
                .containsEntry("k8s.node.name", "worker-7")
                .containsEntry("telemetry.sdk.language", "java");
    }

    @Test
    void theCallerOverridesTheMachineAndTheEnvironmentBoth() {
        Attributes fromCaller = Attributes.builder()
                .put("host.name", "from-caller")
                .put("os.type", "from-caller")
                .build();
        Map<String, String> environment = Map.of(
                "OTEL_RESOURCE_ATTRIBUTES",
                "os.type=from%20environment,service.name=ignored,deployment.environment.name=prod",
                "OTEL_SERVICE_NAME",
                "vitals");
        assertThat(values(BaseResource.create(environment, fromCaller, root)))
                .containsEntry("host.name", "from-caller")
                .containsEntry("os.type", "from environment")
                .containsEntry("service.name", "vitals")
                .containsEntry("deployment.environment.name", "prod");
    }

    @Test
    void whatCannotBeFoundOutIsLeftOut(@TempDir Path empty) {
        assertThat(values(BaseResource.create(Map.of(), Attributes.empty(), empty)))
                .containsEntry("service.name", "nodevitals")
                .doesNotContainKeys("host.name", "os.name", "os.description");
    }

    @Test
    void malformedAttributesAreRefusedByName() {
        assertThatThrownBy(() -> BaseResource.create(
                        Map.of("OTEL_RESOURCE_ATTRIBUTES", "no equals sign"), Attributes.empty(), root))
                .isInstanceOf(OtlpConfigurationException.class)
                .hasMessageContaining("OTEL_RESOURCE_ATTRIBUTES");
    }
}
