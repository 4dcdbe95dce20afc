// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.nodevitals.agent.attribute.Workload.ContainerRuntime;
import io.nodevitals.agent.attribute.Workload.Kind;
import io.nodevitals.agent.attribute.Workload.QosClass;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupPathParserTest {
    private static final String VICTIM_POD = "3f1c8e52-7a9b-4c1d-9e0f-5b6a7c8d9e0f";
    private static final CgroupPathParser DEFAULTS = CgroupPathParser.anchoredAt(CgroupPathParser.DEFAULT_ROOTS);

    static Stream<List<String>> realPaths() {
        return table("cgroup-paths.tsv");
    }

    static Stream<List<String>> hostilePaths() {
        return table("hostile-cgroup-paths.tsv");
    }

    @ParameterizedTest
    @MethodSource("realPaths")
    void aPathFromTheWildIsWhatTheTableSays(List<String> row) {
        String root = row.get(1);
        CgroupPathParser parser = root.equals("-") ? DEFAULTS : CgroupPathParser.anchoredAt(List.of(root));
        Workload expected = new Workload(
                Kind.valueOf(row.get(2)),
                orNull(row.get(3)),
                orNull(row.get(4)),
                row.get(5).equals("-") ? null : ContainerRuntime.valueOf(row.get(5)),
                row.get(6).equals("-") ? null : QosClass.valueOf(row.get(6)));
        assertThat(parser.parse(row.get(0))).isEqualTo(expected);
    }

    @Test
    void theTableIsAsLongAsPromised() {
        assertThat(realPaths().map(row -> row.get(0)).distinct()).hasSizeGreaterThanOrEqualTo(200);
    }

    @ParameterizedTest
    @MethodSource("hostilePaths")
    void anImitationIsNeverTheVictim(List<String> row) {
        Workload workload = DEFAULTS.parse(row.get(0));
        assertThat(workload.kind()).isEqualTo(Kind.valueOf(row.get(1)));
        assertThat(workload.podUid()).isEqualTo(orNull(row.get(2))).isNotEqualTo(VICTIM_POD);
        assertThat(workload.containerId()).isEqualTo(orNull(row.get(3)));
    }

    @Test
    void theVictimOfTheImitationsIsFoundAtItsOwnPlace() {
        Workload workload = DEFAULTS.parse("/kubepods/burstable/pod" + VICTIM_POD);
        assertThat(workload.podUid()).isEqualTo(VICTIM_POD);
    }

    @Test
    void theDeepestConfiguredRootDecides() {
        String outer = "/kubepods/pod" + VICTIM_POD + "/" + "a".repeat(64);
        String inner = outer + "/kubepods";
        String uid = "00000000-1111-4222-8333-444444444444";
        CgroupPathParser both = CgroupPathParser.anchoredAt(List.of("/kubepods", inner));
        assertThat(both.parse(inner + "/pod" + uid).podUid()).isEqualTo(uid);
        assertThat(both.parse(outer + "/init.scope").podUid()).isEqualTo(VICTIM_POD);
        assertThat(DEFAULTS.parse(inner + "/pod" + uid).podUid()).isEqualTo(VICTIM_POD);
    }

    @Test
    void whatLiesBelowAContainerIsDeeperThanWhatDecided() {
        String container = "/docker/" + "a".repeat(64);
        assertThat(DEFAULTS.match(container).depth()).isEqualTo(2);
        assertThat(DEFAULTS.match(container + "/system.slice/x.service").depth())
                .isEqualTo(2);
        assertThat(DEFAULTS.match("/system.slice/x.service").depth()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "kubepods", "/kubepods/", "/kubepods/../x", "//kubepods"})
    void aRootThatIsNoPathIsRefusedByName(String root) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CgroupPathParser.anchoredAt(List.of(root)))
                .withMessageContaining("kubepods root=" + root + " ");
    }

    private static String orNull(String cell) {
        return cell.equals("-") ? null : cell;
    }

    private static Stream<List<String>> table(String name) {
        try (InputStream in = Objects.requireNonNull(CgroupPathParserTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> List.of(line.replace("\\u0000", "\0").split("\t", -1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
