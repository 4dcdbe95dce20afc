// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    @Test
    void defaultsAreThoseOfTheDesign() throws SettingException {
        Settings settings = Settings.of(Map.of(), Map.of());
        assertThat(settings.get(Setting.HTTP_ADDRESS)).isEqualTo(new ListenAddress("127.0.0.1", 9464));
        assertThat(settings.get(Setting.METRICS_ADDRESS)).isEmpty();
        assertThat(settings.get(Setting.ATTACH)).isEqualTo(AttachMode.AUTO);
        assertThat(settings.get(Setting.MEMORY_RING_SIZE)).isEqualTo(1L << 20);
        assertThat(settings.get(Setting.LIFECYCLE_BUDGET)).isEqualTo(5_000);
        assertThat(settings.get(Setting.PROC_ROOT)).isEqualTo(Path.of("/proc"));
        assertThat(settings.get(Setting.SPANS)).isEqualTo(SpanMode.ABNORMAL);
        assertThat(settings.get(Setting.CANARY_INTERVAL)).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.get(Setting.NODE_NAME)).isEmpty();
    }

    @Test
    void aFlagBeatsAVariableAndAVariableBeatsTheDefault() throws SettingException {
        Map<String, String> environment = Map.of("NODEVITALS_ATTACH", "kprobe", "NODEVITALS_SPANS", "all");
        Settings settings = Settings.of(Map.of(Setting.ATTACH, "fexit"), environment);
        assertThat(settings.get(Setting.ATTACH)).isEqualTo(AttachMode.FEXIT);
        assertThat(settings.origin(Setting.ATTACH)).isEqualTo(Settings.Origin.FLAG);
        assertThat(settings.get(Setting.SPANS)).isEqualTo(SpanMode.ALL);
        assertThat(settings.origin(Setting.SPANS)).isEqualTo(Settings.Origin.VARIABLE);
        assertThat(settings.origin(Setting.PROC_ROOT)).isEqualTo(Settings.Origin.DEFAULT);
    }

    @Test
    void everyConstantIsInTheList() throws IllegalAccessException {
        List<Object> constants = new ArrayList<>();
        for (Field field : Setting.class.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == Setting.class) {
                constants.add(field.get(null));
            }
        }
        assertThat(new ArrayList<Object>(Setting.ALL))
                .hasSameElementsAs(constants)
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http-address | 9464",
                "http-address | example.org:9464",
                "http-address | 127.0.0.1:65536",
                "http-address | 0.0.0.0:9464",
                "http-address | 10.0.0.7:9464",
                "http-address | [::]:9464",
                "http-address | [::1:9464",
                "http-address | 127.0.0.999:1",
                "metrics-address | here",
                "attach | best",
                "attach | AUTO",
                "lifecycle-ring-size | 1000",
                "lifecycle-ring-size | 3MiB",
                "memory-ring-size | 2048",
                "memory-ring-size | 1GiB",
                "memory-ring-size | 1024MiB",
                "memory-ring-size | -4096",
                "memory-ring-size | 99999999999999999999",
                "kubepods-root | kubepods",
                "kubepods-root | /",
                "kubepods-root | /kubepods,,/b",
                "kubepods-root | /a/../b",
                "cgroup-mount | sys/fs/cgroup",
                "proc-root | proc",
                "pod-logs | logs",
                "node-name | a b",
                "spans | some",
                "exit-events | all",
                "canary-interval | 30",
                "canary-interval | 0s",
                "canary-interval | 2h"
            })
    void aBadValueNamesKeyAndValueAndWhatIsAllowed(String key, String value) {
        Setting<?> setting = Setting.ALL.stream()
                .filter(candidate -> candidate.key().equals(key))
                .findFirst()
                .orElseThrow();
        assertThatThrownBy(() -> Settings.of(Map.of(setting, value), Map.of()))
                .isInstanceOf(SettingException.class)
                .hasMessage("--" + key + " is '" + value + "' but must be " + setting.allowed() + ".");
        assertThatThrownBy(() -> Settings.of(Map.of(), Map.of(setting.variable(), value)))
                .isInstanceOf(SettingException.class)
                .hasMessageStartingWith(setting.variable() + " is '" + value + "' but must be ");
    }

    @Test
    void anUnknownVariableIsNamedAndTheNearestSuggested() {
        assertThatThrownBy(() -> Settings.of(Map.of(), Map.of("NODEVITALS_HTTP_ADRESS", "x")))
                .isInstanceOf(SettingException.class)
                .hasMessage("Unknown variable NODEVITALS_HTTP_ADRESS: did you mean NODEVITALS_HTTP_ADDRESS?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NODEVITALS_SERVICE_HOST",
                "NODEVITALS_SERVICE_PORT",
                "NODEVITALS_SERVICE_PORT_METRICS",
                "NODEVITALS_PORT",
                "NODEVITALS_PORT_9464_TCP",
                "NODEVITALS_PORT_9464_TCP_ADDR",
                "NODEVITALS_METRICS_SERVICE_HOST",
                "NODEVITALS_METRICS_PORT_9464_TCP_PROTO",
                "NODEVITALS_JAVA_OPTIONS"
            })
    void variablesThatTheKubeletMakesOfAServiceAreNoSettings(String variable) throws SettingException {
        assertThat(Settings.of(Map.of(), Map.of(variable, "tcp://10.0.0.1:9464"))
                        .get(Setting.ATTACH))
                .isEqualTo(AttachMode.AUTO);
    }

    @Test
    void anEmptyVariableIsUnsetButAnEmptyFlagIsBad() throws SettingException {
        assertThat(Settings.of(Map.of(), Map.of("NODEVITALS_ATTACH", "")).get(Setting.ATTACH))
                .isEqualTo(AttachMode.AUTO);
        assertThatThrownBy(() -> Settings.of(Map.of(Setting.CGROUP_MOUNT, ""), Map.of()))
                .isInstanceOf(SettingException.class)
                .hasMessageStartingWith("--cgroup-mount is '' but must be an absolute path");
    }

    @Test
    void theNodeNameComesFromTheUsualVariablesToo() throws SettingException {
        Map<String, String> environment = new HashMap<>(Map.of("NODE_NAME", "c"));
        assertThat(Settings.of(Map.of(), environment).get(Setting.NODE_NAME)).isEqualTo(Optional.of("c"));
        environment.put("K8S_NODE_NAME", "b");
        assertThat(Settings.of(Map.of(), environment).get(Setting.NODE_NAME)).isEqualTo(Optional.of("b"));
        environment.put("NODEVITALS_NODE_NAME", "a");
        assertThat(Settings.of(Map.of(), environment).get(Setting.NODE_NAME)).isEqualTo(Optional.of("a"));
    }

    @Test
    void valuesAreWhatTheirTextsMean() throws SettingException {
        Settings settings = Settings.of(
                Map.of(
                        Setting.HTTP_ADDRESS, "[::1]:0",
                        Setting.METRICS_ADDRESS, "[::]:9465",
                        Setting.MEMORY_RING_SIZE, "256KiB",
                        Setting.LIFECYCLE_RING_SIZE, "4096",
                        Setting.LIFECYCLE_BUDGET, "0",
                        Setting.KUBEPODS_ROOT, "/kubelet.slice/kubelet-kubepods.slice/,/kubepods",
                        Setting.CANARY_INTERVAL, "5m"),
                Map.of());
        assertThat(settings.get(Setting.HTTP_ADDRESS).toString()).isEqualTo("[::1]:0");
        assertThat(settings.get(Setting.METRICS_ADDRESS)).contains(new ListenAddress("::", 9465));
        assertThat(settings.get(Setting.MEMORY_RING_SIZE)).isEqualTo(262_144);
        assertThat(settings.get(Setting.LIFECYCLE_RING_SIZE)).isEqualTo(4096);
        assertThat(settings.get(Setting.LIFECYCLE_BUDGET)).isZero();
        assertThat(settings.get(Setting.KUBEPODS_ROOT))
                .containsExactly("/kubelet.slice/kubelet-kubepods.slice", "/kubepods");
        assertThat(settings.get(Setting.CANARY_INTERVAL)).isEqualTo(Duration.ofMinutes(5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1000001", "99999999", "5k", "0x10", " 1"})
    void aBudgetIsANumberUpToAMillion(String text) {
        assertThatThrownBy(() -> Settings.of(Map.of(Setting.LIFECYCLE_BUDGET, text), Map.of()))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("--lifecycle-budget is '" + text + "' but must be a number of records");
    }

    /** Whatever a person writes, the answer is a value or a sentence that names the key. */
    @Property(tries = 2000)
    void mutatedValuesAreTakenOrNameTheirKey(@ForAll("settings") Setting<?> setting, @ForAll("texts") String text) {
        try {
            assertThat(Settings.of(Map.of(setting, text), Map.of()).get(setting))
                    .isNotNull();
        } catch (SettingException e) {
            assertThat(e).hasMessageContaining(setting.flag()).hasMessageContaining(setting.allowed());
        }
    }

    @Provide
    Arbitrary<Setting<?>> settings() {
        return Arbitraries.of(Setting.ALL);
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> near = Arbitraries.of(
                        "127.0.0.1:9464",
                        "[::1]:9464",
                        "auto",
                        "1MiB",
                        "5000",
                        "/kubepods,/b",
                        "/proc",
                        "30s",
                        "abnormal",
                        "off")
                .flatMap(text -> Arbitraries.integers()
                        .between(0, text.length() - 1)
                        .flatMap(at -> Arbitraries.strings()
                                .ofMaxLength(3)
                                .map(inserted -> text.substring(0, at) + inserted + text.substring(at + 1))));
        return Arbitraries.oneOf(near, Arbitraries.strings().ofMaxLength(40));
    }
}
