// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nodevitals.agent.attribute.CgroupMounts.Mount;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Lines of /proc/PID/mountinfo: whoever mounts chooses the names in them. */
class MountInfoFuzzTest {
    static Stream<byte[]> lines() {
        return Stream.of(
                        "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate",
                        "34 31 0:31 /docker/a /sys/fs/cgroup/memory rw shared:11 - cgroup cgroup rw,memory",
                        "34 31 0:31 /../.. /with\\040blank\\011\\012\\134 rw - cgroup x rw,memory",
                        "34 31 0:31 / /\\000 rw - cgroup x rw,memory",
                        "34 31 0:31 / /\u00e9\u00ff rw - cgroup2 x rw")
                .map(line -> line.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("lines")
    @FuzzTest(maxDuration = "10m")
    void aLineIsAMountOfCgroupsOrNone(byte[] bytes) {
        String line = new String(bytes, StandardCharsets.ISO_8859_1);
        Mount mount = Mount.parse(line);

        if (mount != null) {
            assertThat(mount.type()).startsWith("cgroup");
            assertThat(mount.shows(0) && mount.shows(1)).isFalse();
            assertThat(mount.point().toString()).doesNotContain("\0");
        }
        assertThat(OctalEscapes.unescape(escaped(line))).isEqualTo(line);
        assertThat(OctalEscapes.unescape(line)).hasSizeLessThanOrEqualTo(line.length());
    }

    // mangle in fs/proc_namespace.c
    private static String escaped(String name) {
        StringBuilder text = new StringBuilder();
        for (char c : name.toCharArray()) {
            text.append(" \t\n\\#".indexOf(c) < 0 ? String.valueOf(c) : String.format("\\%03o", (int) c));
        }
        return text.toString();
    }
}
