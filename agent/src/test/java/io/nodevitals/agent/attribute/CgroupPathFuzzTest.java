// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nodevitals.agent.attribute.CgroupPathParser.Match;
import io.nodevitals.agent.attribute.Workload.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Names of cgroups: a workload chooses those below its own. */
class CgroupPathFuzzTest {
    private static final String UID = "4c0d9a9c-6b0e-4b58-9d5e-0f2f6a1c7e11";
    private static final String SYSTEMD = "4c0d9a9c_6b0e_4b58_9d5e_0f2f6a1c7e11";
    private static final String ID = "c7761e58a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c";
    private static final CgroupPathParser PARSER = CgroupPathParser.anchoredAt(CgroupPathParser.DEFAULT_ROOTS);

    static Stream<byte[]> paths() {
        return Stream.of(
                        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + SYSTEMD
                                + ".slice/cri-containerd-" + ID + ".scope",
                        "/kubepods/besteffort/pod" + UID + "/" + ID,
                        "/kubepods.slice/kubepods-pod" + SYSTEMD + ".slice/crio-conmon-" + ID + ".scope",
                        "/system.slice/containerd.service/kubepods-burstable-pod" + SYSTEMD + ".slice:cri-containerd:"
                                + ID,
                        "/system.slice/docker-" + ID + ".scope",
                        "/docker/" + ID + "/kubepods/pod" + UID,
                        "/machine.slice/libpod-" + ID + ".scope/container",
                        "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + ID + ".scope",
                        "/kubepods/pod0123456789abcdef0123456789abcdef/" + ID,
                        "/",
                        "/a/../b")
                .map(path -> path.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("paths")
    @FuzzTest(maxDuration = "10m")
    void aPathNamesAWorkloadByWhatIsAboveIt(byte[] bytes) {
        String path = new String(bytes, StandardCharsets.ISO_8859_1);
        Match match = PARSER.match(path);
        Workload workload = match.workload();
        List<String> parts = CgroupPathParser.split(path);

        assertThat(match.depth()).isBetween(0, parts == null ? 0 : parts.size());
        assertThat(workload.podUid() == null ? UID : workload.podUid()).matches("[0-9a-f-]{32,36}");
        assertThat(workload.containerId() == null ? ID : workload.containerId()).matches("[0-9A-Za-z._-]{1,255}");
        if (parts == null) {
            assertThat(workload).isEqualTo(Workload.UNKNOWN);
        } else if (workload.kind() == Kind.CONTAINER) {
            // Whatever it makes below its own cgroup.
            String own = "/" + String.join("/", parts.subList(0, match.depth()));
            assertThat(PARSER.parse(own + "/kubepods/pod" + UID + "/" + ID)).isEqualTo(workload);
            assertThat(PARSER.parse(own)).isEqualTo(workload);
        }
        if (workload.podUid() != null && !path.startsWith("/kubepods.slice") && !path.startsWith("/kubepods/")) {
            assertThat(path).contains(".slice:");
        }
    }

    @FuzzTest(maxDuration = "10m")
    void nothingBelowAUsersOwnNamesAPod(byte[] bytes) {
        String path = new String(bytes, StandardCharsets.ISO_8859_1);

        assertThat(PARSER.parse("/user.slice/user-1000.slice/" + path).podUid()).isNull();
    }
}
