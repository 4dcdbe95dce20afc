// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MountPointsTest {
    private static final String MOUNTINFO = """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            222 22 0:21 / /data\\040of\\040users rw,noexec,relatime - tmpfs tmpfs rw
            2 22 0:22 / /cut""";

    @Test
    void aMountIsFoundByItsWholeIdAndItsPointIsUnescaped() {
        assertThat(MountPoints.pointOf(22, MOUNTINFO)).isEqualTo("/");
        assertThat(MountPoints.pointOf(222, MOUNTINFO)).isEqualTo("/data of users");
        assertThat(MountPoints.pointOf(2, MOUNTINFO)).isEqualTo("/cut");
    }

    @Test
    void whatIsNotThereIsUnknown() {
        assertThat(MountPoints.pointOf(23, MOUNTINFO)).isNull();
        assertThat(MountPoints.pointOf(22, "")).isNull();
        assertThat(MountPoints.pointOf(22, "22 1 254:0 /")).isNull();
    }
}
