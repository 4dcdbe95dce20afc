// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupMountsTest {
    private static final String V2_ONLY = "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t120\t1\n";
    private static final String V1_MEMORY =
            "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t9\t1\nmemory\t4\t19\t1\n";
    private static final String ROOTFS = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";
    private static final String UNIFIED =
            "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
    private static final String HYBRID = """
            31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
            32 31 0:29 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw
            33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            34 31 0:31 / /sys/fs/cgroup/memory rw shared:11 - cgroup cgroup rw,memory
            """;

    @TempDir
    Path proc;

    @Test
    void aUnifiedHierarchyIsFollowedAsV2() throws IOException {
        assertThat(find(ROOTFS + UNIFIED, V2_ONLY, Map.of("/sys/fs/cgroup", 1L)))
                .isEqualTo(new CgroupHierarchy(0, Path.of("/sys/fs/cgroup"), ""));
    }

    @Test
    void whereTheMemoryControllerIsOnV1ThatHierarchyIsFollowed() throws IOException {
        assertThat(find(ROOTFS + HYBRID, V1_MEMORY, Map.of("/sys/fs/cgroup/memory", 1L)))
                .isEqualTo(new CgroupHierarchy(4, Path.of("/sys/fs/cgroup/memory"), ""));
    }

    @Test
    void aHybridWithMemoryOnV2IsFollowedThere() throws IOException {
        assertThat(find(HYBRID, V2_ONLY, Map.of("/sys/fs/cgroup/unified", 1L)))
                .isEqualTo(new CgroupHierarchy(0, Path.of("/sys/fs/cgroup/unified"), ""));
    }

    @Test
    void aKernelWithoutV1HasNoListOfItsControllers() throws IOException {
        assertThat(find(UNIFIED, null, Map.of("/sys/fs/cgroup", 1L)).id()).isZero();
    }

    @Test
    void aPrivateNamespaceThatSeesTheHostsMountSeesAllOfIt() throws IOException {
        String mounts = """
                31 23 0:28 /../../.. /host/sys/fs/cgroup rw - cgroup2 cgroup2 rw
                40 23 0:28 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw
                """;
        assertThat(find(mounts, V2_ONLY, Map.of("/host/sys/fs/cgroup", 1L, "/sys/fs/cgroup", 4711L)))
                .isEqualTo(new CgroupHierarchy(0, Path.of("/host/sys/fs/cgroup"), ""));
    }

    @Test
    void aPrivateNamespaceAloneHasNoKnownPlace() throws IOException {
        assertThat(find(UNIFIED, V2_ONLY, Map.of("/sys/fs/cgroup", 4711L)))
                .isEqualTo(new CgroupHierarchy(0, Path.of("/sys/fs/cgroup"), null));
        assertThat(find(
                                "31 23 0:28 /.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
                                V2_ONLY,
                                Map.of("/sys/fs/cgroup", 9L))
                        .prefix())
                .isNull();
    }

    @Test
    void aPartOfTheHostsHierarchyKeepsItsPlace() throws IOException {
        String mounts = "34 31 0:31 /docker/abc\\040def /sys/fs/my\\134cgroup rw - cgroup cgroup rw,memory\n";
        assertThat(find(mounts, V1_MEMORY, Map.of("/sys/fs/my\\cgroup", 55L)))
                .isEqualTo(new CgroupHierarchy(4, Path.of("/sys/fs/my\\cgroup"), "/docker/abc def"));
    }

    @Test
    void whatIsNotMountedIsNamedWithItsRemedy() {
        assertThatThrownBy(() -> find(ROOTFS, V2_ONLY, Map.of()))
                .isInstanceOf(CgroupHierarchyException.class)
                .hasMessageContaining("cgroup v2 is not mounted")
                .hasMessageContaining("mount -t cgroup2");
        assertThatThrownBy(() -> find(ROOTFS + UNIFIED, V1_MEMORY, Map.of()))
                .isInstanceOf(CgroupHierarchyException.class)
                .hasMessageContaining("cgroup v1 hierarchy=4")
                .hasMessageContaining("mount -t cgroup -o memory");
    }

    @Test
    void aMountThatCannotBeReadIsNamed() {
        assertThatThrownBy(() -> find(UNIFIED, V2_ONLY, Map.of()))
                .isInstanceOf(CgroupHierarchyException.class)
                .hasMessageContaining("mount=/sys/fs/cgroup")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }

    @Test
    void rubbishAmongTheMountsIsPassedOver() throws IOException {
        String rubbish = "\n-\n - \n1 2 3 - cgroup2\n1 2 3 4 5 6 - cgroup2 x\n";
        assertThat(find(rubbish + UNIFIED, V2_ONLY, Map.of("/sys/fs/cgroup", 1L))
                        .prefix())
                .isEmpty();
        assertThatThrownBy(() -> find(UNIFIED, "memory\tx\t1\t1\n", Map.of())).isInstanceOf(IOException.class);
    }

    @Test
    void thisMachinesHierarchyIsFoundAndWalked() throws IOException {
        CgroupHierarchy hierarchy;
        try {
            hierarchy = CgroupMounts.find();
        } catch (CgroupHierarchyException e) {
            Assumptions.abort("SKIPPED: " + e.getMessage());
            return;
        }
        Assumptions.assumeTrue(hierarchy.prefix() != null, "SKIPPED: private cgroup namespace");
        CgroupTable table = new CgroupTable(
                CgroupPathParser.anchoredAt(CgroupPathParser.DEFAULT_ROOTS), hierarchy, CgroupTable.DEFAULT_CAPACITY);
        assertThat(table.walk()).isPositive();
        String expected = hierarchy.prefix().isEmpty() ? "/" : hierarchy.prefix();
        assertThat(table.path(CgroupMounts.inode(hierarchy.mountPoint()))).isEqualTo(expected);
    }

    private CgroupHierarchy find(String mountInfo, String cgroups, Map<String, Long> inodes) throws IOException {
        Path mounts = Files.writeString(proc.resolve("mountinfo"), mountInfo);
        Path controllers = proc.resolve("cgroups");
        if (cgroups != null) {
            Files.writeString(controllers, cgroups);
        }
        return new CgroupMounts(mounts, controllers, directory -> {
                    Long inode = inodes.get(directory.toString());
                    if (inode == null) {
                        throw new NoSuchFileException(directory.toString());
                    }
                    return inode;
                })
                .hierarchy();
    }
}
