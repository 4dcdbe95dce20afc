// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nodevitals.agent.attribute.Workload.Kind;
import java.nio.charset.StandardCharsets;

/** Paths of cgroups, which a workload may choose below its own. */
class CgroupPathFuzzTest {
    private static final CgroupPathParser PARSER = CgroupPathParser.anchoredAt(CgroupPathParser.DEFAULT_ROOTS);
    private static final String POD = "/kubepods/burstable/pod11111111-2222-3333-4444-555555555555/";
    private static final String CONTAINER = POD + "0123456789abcdef".repeat(4);

    @FuzzTest
    void whatLiesBelowAContainerIsTheContainers(byte[] bytes) {
        String path = new String(bytes, StandardCharsets.UTF_8);
        Workload workload = PARSER.parse(path);
        assertThat(workload.podUid() == null ? "" : workload.podUid()).matches("|[0-9a-f-]{32,36}");
        assertThat(workload.containerId() == null ? "" : workload.containerId()).doesNotContain("/", "\n", "\u001b");
        String below = path.startsWith("/") ? path : "/" + path;
        if (!below.equals("/") && CgroupPathParser.split(below) != null) {
            assertThat(PARSER.parse(CONTAINER + below)).isEqualTo(PARSER.parse(CONTAINER));
            if (workload.kind() == Kind.CONTAINER) {
                assertThat(PARSER.parse(path + "/kubepods/pod11111111-2222-3333-4444-555555555555"))
                        .isEqualTo(workload);
            }
        }
    }

    @FuzzTest
    void nothingBelowAUsersOwnNamesAPod(byte[] bytes) {
        String path = new String(bytes, StandardCharsets.UTF_8);

        assertThat(PARSER.parse("/user.slice/user-1000.slice/" + path).podUid()).isNull();
    }
}
