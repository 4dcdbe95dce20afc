// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.agent.attribute.Workload.ContainerRuntime;
import io.nodevitals.agent.attribute.Workload.Kind;
import io.nodevitals.agent.attribute.Workload.QosClass;
import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged;
import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged.Operation;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupTableTest {
    private static final String POD = "0a1b2c3d-1111-4222-8333-444455556666";
    private static final String OTHER_POD = "ffffffff-1111-4222-8333-444455556666";
    private static final String ID = "c".repeat(64);
    private static final String OTHER_ID = "d".repeat(64);
    private static final String POD_PATH = "/kubepods/burstable/pod" + POD;
    private static final String CONTAINER_PATH = POD_PATH + "/" + ID;
    private static final Workload CONTAINER =
            new Workload(Kind.CONTAINER, POD, ID, ContainerRuntime.UNNAMED, QosClass.BURSTABLE);
    private static final Workload POD_ONLY = new Workload(Kind.POD, POD, null, null, QosClass.BURSTABLE);
    private static final Workload DOCKER = new Workload(Kind.CONTAINER, null, ID, ContainerRuntime.DOCKER, null);
    private static final long MINUTE = 60_000_000_000L;

    private final CgroupTable table = table("/nowhere", "");

    @Test
    void aContainerThatIsGoneBeforeAnyoneLooksIsKnownFromOneRecordAlone() {
        table.accept(exit(chain(CONTAINER_PATH, 10)));
        assertThat(table.workload(13)).isEqualTo(CONTAINER);
        assertThat(table.path(13)).isEqualTo(CONTAINER_PATH);
        assertThat(table.workload(12)).isEqualTo(POD_ONLY);
        assertThat(table.workload(11)).isEqualTo(Workload.HOST);
        assertThat(table.unknown()).isZero();
    }

    @Test
    void anUnknownIdIsCounted() {
        assertThat(table.workload(99)).isEqualTo(Workload.UNKNOWN);
        assertThat(table.workload(0)).isEqualTo(Workload.UNKNOWN);
        assertThat(table.path(99)).isNull();
        assertThat(table.unknown()).isEqualTo(2);
    }

    @Test
    void theRootIsTheHostsWithoutAnyWord() {
        assertThat(table.workload(1)).isEqualTo(Workload.HOST);
        assertThat(table.path(1)).isEqualTo("/");
    }

    @Test
    void aRecordOfAnotherHierarchyTeachesNothing() {
        CgroupRef v2 = chain(CONTAINER_PATH, 10);
        table.observe(new CgroupRef(v2.id(), 7, v2.leafLevel(), v2.firstLevel(), v2.levels()));
        table.observePath(CgroupRef.ofId(13, 7), CONTAINER_PATH);
        assertThat(table.size()).isZero();
    }

    @Test
    void whatLiesDeeperThanARecordReachesBelongsToTheContainerAbove() {
        String deep = CONTAINER_PATH + "/system.slice/web.service/a/b/c";
        table.observe(cut(chain(deep, 10), 6));
        assertThat(table.workload(18)).isEqualTo(CONTAINER);
        assertThat(table.path(18)).isNull();
    }

    @Test
    void whatLiesDeeperThanARecordReachesIsUnknownWhereAContainerCouldFollow() {
        String deep = "/a.slice/a-b.slice/a-b-c.slice/a-b-c-d.slice/a-b-c-d-e.slice/a-b-c-d-e-f.slice/docker-" + ID
                + ".scope";
        table.observe(cut(chain(deep, 10), 6));
        assertThat(table.workload(16)).isEqualTo(Workload.UNKNOWN);
        table.observePath(cut(chain(deep, 10), 6), deep);
        assertThat(table.workload(16)).isEqualTo(DOCKER);
        table.observe(cut(chain(deep, 10), 6));
        assertThat(table.workload(16)).as("known better already").isEqualTo(DOCKER);
    }

    @Test
    void whatLiesDeepInAServiceIsTheHosts() {
        table.observe(cut(chain("/system.slice/x.service/a/b/c/d/e", 10), 6));
        assertThat(table.workload(16)).isEqualTo(Workload.HOST);
    }

    @Test
    void aNameThatMayBeCutIsNotBelieved() {
        String name = "kubepods-burstable-pod" + POD.replace('-', '_') + ".slice:cri-containerd:" + ID;
        String path = "/system.slice/containerd.service/" + name;
        CgroupRef full = chain(path, 10);
        List<CgroupRef.Level> levels = new ArrayList<>(full.levels());
        levels.set(2, new CgroupRef.Level(12, name.substring(0, CgroupTable.LONGEST_NAME)));
        CgroupRef cut = new CgroupRef(12, 4, 3, 1, levels);
        table.observe(cut);
        assertThat(table.workload(12)).isEqualTo(Workload.UNKNOWN);
        table.observePath(cut, path);
        assertThat(table.workload(12).podUid()).isEqualTo(POD);
        assertThat(table.workload(12).containerId()).isEqualTo(ID);
    }

    @Test
    void aPathThatMayBeCutIsNotBelieved() {
        String path = "/docker/" + ID + "/" + "x".repeat(CgroupTable.LONGEST_PATH - 9 - ID.length());
        assertThat(path).hasSize(CgroupTable.LONGEST_PATH);
        table.observePath(CgroupRef.ofId(13, 4), path);
        assertThat(table.path(13)).isNull();
        table.observePath(CgroupRef.ofId(13, 4), path.substring(1));
        assertThat(table.path(13)).isNull();
    }

    @Test
    void theChainOutweighsThePath() {
        table.observePath(chain(CONTAINER_PATH, 10), "/kubepods/burstable/pod" + OTHER_POD + "/" + ID);
        assertThat(table.workload(13)).isEqualTo(CONTAINER);
    }

    @Test
    void aChainThatContradictsItselfTeachesNothing() {
        CgroupRef sound = chain(CONTAINER_PATH, 10);
        table.observe(new CgroupRef(77, 4, sound.leafLevel(), 1, sound.levels()));
        table.observe(new CgroupRef(13, 4, 2, 1, sound.levels()));
        table.observe(new CgroupRef(13, 4, 0, 9, sound.levels()));
        assertThat(table.size()).isZero();
    }

    @Test
    void aChainBelowANestedRootCountsOnlyFromThatRootsOwnId() {
        String root = "/docker/" + OTHER_ID + "/kubepods";
        CgroupTable nested = new CgroupTable(
                CgroupPathParser.anchoredAt(List.of(root)), new CgroupHierarchy(4, Path.of("/nowhere"), ""), 100);
        CgroupRef record = from(chain(root + "/pod" + POD + "/" + ID, 10), 3);
        nested.observe(record);
        assertThat(nested.workload(14)).isEqualTo(Workload.UNKNOWN);

        nested.observePath(CgroupRef.ofId(12, 4), root);
        nested.observe(record);
        assertThat(nested.workload(14).podUid()).isEqualTo(POD);

        String evil = "e".repeat(64);
        String imitation = "/docker/" + evil + "/kubepods/pod" + OTHER_POD + "/" + ID;
        nested.observe(from(chain(imitation, 20), 3));
        assertThat(nested.workload(24)).isEqualTo(Workload.UNKNOWN);
        nested.observePath(from(chain(imitation, 20), 3), imitation);
        assertThat(nested.workload(24).podUid()).isNull();
        assertThat(nested.workload(24).containerId()).isEqualTo(evil);
    }

    @Test
    void aRootsIdThatAnotherDirectoryTookOverAnchorsNothing() {
        String root = "/docker/" + OTHER_ID + "/kubepods";
        CgroupTable nested = new CgroupTable(
                CgroupPathParser.anchoredAt(List.of(root)), new CgroupHierarchy(4, Path.of("/nowhere"), ""), 100);
        nested.observePath(CgroupRef.ofId(12, 4), root);
        CgroupRef record = from(chain(root + "/pod" + POD + "/" + ID, 10), 3);
        List<CgroupRef.Level> levels = new ArrayList<>(record.levels());
        levels.set(0, new CgroupRef.Level(12, "evil"));
        nested.observe(new CgroupRef(14, 4, 5, 3, levels));
        assertThat(nested.workload(14)).isEqualTo(Workload.UNKNOWN);
        nested.removed(CgroupRef.ofId(12, 4), MINUTE);
        nested.observe(record);
        assertThat(nested.workload(14)).isEqualTo(Workload.UNKNOWN);
    }

    @Test
    void aRemovedCgroupIsKnownForTenMinutes() {
        CgroupRef container = chain(CONTAINER_PATH, 10);
        table.accept(changed(Operation.MKDIR, container, CONTAINER_PATH, MINUTE));
        table.accept(changed(Operation.RMDIR, container, CONTAINER_PATH, 2 * MINUTE));
        table.expire(12 * MINUTE);
        assertThat(table.workload(13)).isEqualTo(CONTAINER);
        table.expire(12 * MINUTE + 1);
        assertThat(table.workload(13)).isEqualTo(Workload.UNKNOWN);
        assertThat(table.workload(12)).as("its pod is still there").isEqualTo(POD_ONLY);
    }

    @Test
    void aLateRecordDoesNotBringARemovedCgroupBack() {
        CgroupRef container = chain(CONTAINER_PATH, 10);
        table.accept(changed(Operation.RMDIR, container, CONTAINER_PATH, MINUTE));
        table.accept(exit(container));
        table.expire(12 * MINUTE);
        assertThat(table.path(13)).isNull();
    }

    @Test
    void anIdThatTheKernelGivesOutAgainIsTheNewCgroup() {
        table.accept(changed(Operation.MKDIR, chain(CONTAINER_PATH, 10), CONTAINER_PATH, 1));
        table.accept(changed(Operation.RMDIR, chain(CONTAINER_PATH, 10), CONTAINER_PATH, 2));
        String docker = "/docker/" + ID;
        CgroupRef reused =
                new CgroupRef(13, 4, 2, 1, List.of(new CgroupRef.Level(50, "docker"), new CgroupRef.Level(13, ID)));
        table.accept(changed(Operation.MKDIR, reused, docker, 3));
        assertThat(table.workload(13)).isEqualTo(DOCKER);
        table.expire(20 * MINUTE);
        assertThat(table.workload(13)).isEqualTo(DOCKER);
    }

    @Test
    void anIdThatIsGivenOutAgainWithoutAWordOfItsPathIsUnknown() {
        table.accept(changed(Operation.MKDIR, chain(CONTAINER_PATH, 10), CONTAINER_PATH, 1));
        table.accept(changed(Operation.MKDIR, CgroupRef.ofId(13, 4), "", 2));
        assertThat(table.workload(13)).isEqualTo(Workload.UNKNOWN);
    }

    @Test
    void aFullTableGivesUpWhatIsRemovedAndWhatIsNobodysOwnFirst() {
        CgroupTable small = new CgroupTable(
                CgroupPathParser.anchoredAt(CgroupPathParser.DEFAULT_ROOTS),
                new CgroupHierarchy(4, Path.of("/nowhere"), ""),
                8);
        small.observe(chain(CONTAINER_PATH, 10));
        String removed = POD_PATH + "/" + OTHER_ID;
        small.observePath(CgroupRef.ofId(30, 4), removed);
        small.removed(CgroupRef.ofId(30, 4), 1);
        for (int i = 0; i < 1000; i++) {
            small.observePath(CgroupRef.ofId(100 + i, 4), CONTAINER_PATH + "/flood" + i);
            small.removed(CgroupRef.ofId(100 + i, 4), 2);
            assertThat(small.size()).isLessThanOrEqualTo(8);
        }
        assertThat(small.path(30))
                .as("a removed container outlives its neighbour's flood")
                .isEqualTo(removed);
        for (int i = 0; i < 1000; i++) {
            small.observePath(CgroupRef.ofId(2000 + i, 4), CONTAINER_PATH + "/flood" + i);
            assertThat(small.size()).isLessThanOrEqualTo(8);
        }
        assertThat(small.path(30)).isNull();
        assertThat(small.workload(13)).isEqualTo(CONTAINER);
        assertThat(small.workload(12)).isEqualTo(POD_ONLY);
        assertThat(small.workload(2999)).isEqualTo(CONTAINER);
    }

    @Test
    void aUserWhoTakesAnothersContainerIdIsNobody() {
        String docker = "/docker/" + ID;
        String user = "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + ID + ".scope";
        table.observe(chain(user, 60));
        assertThat(table.workload(64)).isEqualTo(DOCKER);
        table.observe(chain(docker, 20));
        assertThat(table.workload(64)).isEqualTo(Workload.UNKNOWN);
        assertThat(table.workload(21)).isEqualTo(DOCKER);
        table.observe(chain(CONTAINER_PATH, 10));
        assertThat(table.workload(21)).isEqualTo(Workload.UNKNOWN);
        assertThat(table.workload(13)).isEqualTo(CONTAINER);
        table.removed(CgroupRef.ofId(13, 4), 1);
        table.expire(20 * MINUTE);
        assertThat(table.workload(21)).isEqualTo(DOCKER);
    }

    @Test
    void aUserWhoNestsAnothersContainerIdDeeperThanRecordsReachIsNobody() {
        String user = "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + ID + ".scope/a/b/c";
        table.observe(cut(chain(user, 60), 6));
        table.observe(chain("/docker/" + ID, 20));
        assertThat(table.workload(67)).isEqualTo(Workload.UNKNOWN);
        assertThat(table.workload(21)).isEqualTo(DOCKER);
    }

    @Test
    void theWalkLearnsEveryDirectoryByItsInode(@TempDir Path mount) throws IOException {
        Path container = Files.createDirectories(mount.resolve(CONTAINER_PATH.substring(1)));
        Files.createFile(container.getParent().resolve("memory.stat"));
        Files.createSymbolicLink(mount.resolve("link"), container);
        Files.createDirectories(mount.resolve("system.slice/ssh.service"));
        CgroupTable walked = table(mount.toString(), "");
        assertThat(walked.walk()).isEqualTo(7);
        assertThat(walked.size()).isEqualTo(7);
        assertThat(walked.workload(CgroupMounts.inode(container))).isEqualTo(CONTAINER);
        assertThat(walked.path(CgroupMounts.inode(container))).isEqualTo(CONTAINER_PATH);
        assertThat(walked.path(CgroupMounts.inode(mount))).isEqualTo("/");
        assertThat(walked.workload(CgroupMounts.inode(mount))).isEqualTo(Workload.HOST);
    }

    @Test
    void aReviewFindsWhatCameAndWhatWentUnseen(@TempDir Path mount) throws IOException {
        Path container = Files.createDirectories(mount.resolve(CONTAINER_PATH.substring(1)));
        Path stays = Files.createDirectories(mount.resolve("system.slice/stays"));
        CgroupTable walked = table(mount.toString(), "");
        walked.walk();
        long gone = CgroupMounts.inode(container);
        Files.delete(container);
        Path other = Files.createDirectory(mount.resolve(POD_PATH.substring(1)).resolve(OTHER_ID));

        CgroupReview review = walked.review();
        assertThat(walked.isRemoved(gone)).isFalse();
        long late = CgroupMounts.inode(Files.createDirectory(mount.resolve("late")));
        walked.accept(changed(Operation.MKDIR, chain("/late", late), "/late", MINUTE));
        walked.learn(review, MINUTE);

        // An inode may be given out again at once by this file system; then the review has the new path.
        long known = CgroupMounts.inode(other);
        assertThat(walked.path(known)).isEqualTo(POD_PATH + "/" + OTHER_ID);
        assertThat(walked.isRemoved(gone)).isEqualTo(gone != known);
        assertThat(walked.isRemoved(CgroupMounts.inode(stays))).isFalse();
        assertThat(walked.isRemoved(late)).isFalse();
    }

    @Test
    void theWalkPutsThePlaceOfTheMountBeforeItsPaths(@TempDir Path mount) throws IOException {
        Path pod = Files.createDirectories(mount.resolve("pod" + POD));
        CgroupTable walked = table(mount.toString(), "/kubepods/burstable");
        walked.walk();
        assertThat(walked.workload(CgroupMounts.inode(pod))).isEqualTo(POD_ONLY);
    }

    @Test
    void theWalkDoesNotGuessWhereAPrivateNamespaceLies(@TempDir Path mount) throws IOException {
        Files.createDirectories(mount.resolve(CONTAINER_PATH.substring(1)));
        CgroupTable walked = table(mount.toString(), null);
        assertThat(walked.walk()).isZero();
        assertThat(walked.size()).isZero();
    }

    @Test
    void theWalkLeavesWhatRecordsToldAlone(@TempDir Path mount) throws IOException {
        Path directory = Files.createDirectories(mount.resolve("renamed"));
        long inode = CgroupMounts.inode(directory);
        CgroupTable walked = table(mount.toString(), "");
        walked.observePath(CgroupRef.ofId(inode, 4), CONTAINER_PATH);
        walked.walk();
        assertThat(walked.workload(inode)).isEqualTo(CONTAINER);
    }

    @Test
    void aMountPointThatIsGoneIsAnError() {
        assertThatThrownBy(table::walk).isInstanceOf(NoSuchFileException.class);
    }

    private static CgroupTable table(String mountPoint, String prefix) {
        return new CgroupTable(
                CgroupPathParser.anchoredAt(CgroupPathParser.DEFAULT_ROOTS),
                new CgroupHierarchy(4, Path.of(mountPoint), prefix),
                CgroupTable.DEFAULT_CAPACITY);
    }

    /** As the kernel would write it: the first directory has the first id, its child the next. */
    static CgroupRef chain(String path, long firstId) {
        String[] names = path.substring(1).split("/", -1);
        List<CgroupRef.Level> levels = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            levels.add(new CgroupRef.Level(firstId + i, names[i]));
        }
        return new CgroupRef(firstId + names.length - 1, 4, names.length, 1, levels);
    }

    private static CgroupRef cut(CgroupRef chain, int count) {
        return new CgroupRef(chain.id(), 4, chain.leafLevel(), 1, chain.levels().subList(0, count));
    }

    private static CgroupRef from(CgroupRef chain, int firstLevel) {
        return new CgroupRef(
                chain.id(),
                4,
                chain.leafLevel(),
                firstLevel,
                chain.levels().subList(firstLevel - 1, chain.leafLevel()));
    }

    private static LifecycleEvent exit(CgroupRef cgroup) {
        return new LifecycleEvent.ProcessExited(header(cgroup, MINUTE), 0, false, false, false, 1, "sh");
    }

    private static LifecycleEvent changed(Operation operation, CgroupRef cgroup, String path, long bootNanos) {
        return new CgroupChanged(header(cgroup, bootNanos), operation, path);
    }

    private static Header header(CgroupRef cgroup, long bootNanos) {
        return new Header(bootNanos, new ProcessId(5, 6), 5, 1, cgroup, new ProcessId(1, 2));
    }
}
