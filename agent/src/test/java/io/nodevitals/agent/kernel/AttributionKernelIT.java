// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.kernel.Received.Item;
import io.nodevitals.otel.pipeline.OtlpReceiver;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose a death is: right for every shape of a pod's cgroup, however short its life, and never another's for a name's sake. */
@Timeout(60)
class AttributionKernelIT {
    private static final int SIGSTOP = 19;
    private static final int SIGCONT = 18;

    private static final Deque<TestCgroup> MADE_BEFORE = new ArrayDeque<>();
    private static OtlpReceiver receiver;
    private static AgentProcess agent;
    private static Received everyone;
    private static Pod earlyVictim;
    private static Victim earlyImitator;
    private static Victim earlyIntruder;
    private static Pod earlyAttacker;

    private final Deque<TestCgroup> made = new ArrayDeque<>();
    private Pod victim;
    private Pod attacker;

    /** A container of a burstable pod, systemd driver, containerd. */
    private record Pod(String uid, String containerId) {
        static Pod random() {
            return new Pod(UUID.randomUUID().toString(), randomId());
        }

        String slice() {
            return "kubepods-burstable-pod" + uid.replace('-', '_') + ".slice";
        }

        String scope() {
            return "cri-containerd-" + containerId + ".scope";
        }

        /** Names from the hierarchy's root. */
        List<String> path() {
            return List.of("kubepods.slice", "kubepods-burstable.slice", slice(), scope());
        }

        Map<String, String> labels() {
            return Map.of("k8s.pod.uid", uid, "container.id", containerId);
        }
    }

    @BeforeAll
    static void startAgentAmongImitators() throws Exception {
        AgentUnderTest.require();
        earlyVictim = Pod.random();
        earlyAttacker = Pod.random();
        make(MADE_BEFORE, earlyVictim.path());
        earlyIntruder = waiting(make(MADE_BEFORE, below(earlyAttacker.path(), earlyVictim.path())));
        earlyImitator = waiting(make(MADE_BEFORE, below(List.of("imitation"), earlyVictim.path())));
        receiver = OtlpReceiver.start();
        everyone = new Received(receiver, null);
        agent = AgentProcess.running(Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                receiver.endpoint(),
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "http/protobuf",
                "OTEL_METRIC_EXPORT_INTERVAL",
                "500"));
    }

    @AfterAll
    static void stopAgent() throws Exception {
        for (AutoCloseable part : new AutoCloseable[] {agent, receiver, earlyIntruder, earlyImitator}) {
            if (part != null) {
                part.close();
            }
        }
        removeAll(MADE_BEFORE);
    }

    @BeforeEach
    void makeVictim() throws Exception {
        victim = Pod.random();
        attacker = Pod.random();
        make(made, victim.path());
    }

    @AfterEach
    void removeCgroups() throws Exception {
        removeAll(made);
        assertThat(new Received(receiver, victim.uid).events()).isEmpty();
    }

    @Test
    void aContainerThatNamesAChildLikeAnotherPodStaysItself() throws Exception {
        make(made, attacker.path());

        assertThat(labels(death(made, below(attacker.path(), victim.path())))).isEqualTo(attacker.labels());
        assertThat(labels(death(made, below(attacker.path(), List.of(victim.slice(), victim.scope())))))
                .isEqualTo(attacker.labels());
        assertThat(labels(death(made, below(attacker.path(), List.of(victim.scope())))))
                .isEqualTo(attacker.labels());
    }

    @Test
    void deepAndLongNamesDoNotHideWhoseTheContainerIs() throws Exception {
        List<String> deep = new ArrayList<>(attacker.path());
        deep.add("n".repeat(255));
        for (int i = 0; i < 12; i++) {
            deep.add("level\u001b\u00e9" + i);
        }

        assertThat(labels(death(made, deep))).isEqualTo(attacker.labels());
        assertThat(labels(death(made, below(deep, victim.path())))).isEqualTo(attacker.labels());
    }

    @ParameterizedTest
    @CsvSource({
        "imitation",
        "system.slice/evil.service",
        "user.slice/user-1000.slice/user@1000.service",
        "kubepods.slice/evil",
        "kubepods",
        "kubepods.slice/kubepods-burstable.slice",
        "docker"
    })
    void whatImitatesAPodElsewhereIsNobodys(String place) throws Exception {
        List<String> parents = List.of(place.split("/"));

        assertThat(labels(death(made, below(parents, victim.path())))).isEmpty();
    }

    @Test
    void aPodsContainerIdElsewhereIsNobodys() throws Exception {
        assertThat(labels(death(made, List.of("user.slice", "docker-" + victim.containerId + ".scope"))))
                .isEmpty();
        assertThat(labels(death(made, List.of("docker", victim.containerId)))).isEmpty();
    }

    @Test
    void anImitatorThatWasThereBeforeTheAgentIsNobodys() throws Exception {
        earlyImitator.kill();
        earlyIntruder.kill();

        assertThat(labels(event(earlyImitator.await()))).isEmpty();
        assertThat(labels(event(earlyIntruder.await()))).isEqualTo(earlyAttacker.labels());
        assertThat(new Received(receiver, earlyVictim.uid).events()).isEmpty();
    }

    @Test
    void aContainerGoneBeforeTheAgentCouldLookIsStillKnown() throws Exception {
        List<Pod> pods = Stream.generate(Pod::random).limit(5).toList();
        List<Victim.Ended> ended = new ArrayList<>();
        agent.signal(SIGSTOP);
        try {
            for (Pod pod : pods) {
                try (TestCgroup shortLived = TestCgroup.at(pod.path())) {
                    Victim.run(shortLived, "map", "3", "8192");
                    ended.add(Victim.run(shortLived, "segv"));
                }
            }
        } finally {
            agent.signal(SIGCONT);
        }

        for (int i = 0; i < pods.size(); i++) {
            assertThat(labels(event(ended.get(i)))).isEqualTo(pods.get(i).labels());
            Received pod = new Received(receiver, pods.get(i).uid);
            receiver.await(
                    "the mmaps of a pod that is gone",
                    ignored -> pod.sum("nodevitals.mmap.bytes", "nodevitals.memory.kind", "anon") == 3 * 8192);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/kubepods/burstable/pod{dashes}/{id}, {dashes}",
        "/kubepods/besteffort/pod{dashes}/{id}, {dashes}",
        "/kubepods/pod{dashes}/{id}, {dashes}",
        "/kubepods/burstable/pod{hash}/{id}, {hash}",
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{hash}.slice/cri-containerd-{id}.scope, {hash}",
        "/kubepods.slice/kubepods-pod{hash}.slice/crio-{id}.scope, {hash}",
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{underscores}.slice/docker-{id}.scope, {dashes}"
    })
    void everyShapeOfAPodsCgroupIsKnown(String shape, String uidShape) throws Exception {
        Pod pod = Pod.random();
        String uid = fill(uidShape, pod);

        Item event = death(made, List.of(fill(shape, pod).substring(1).split("/")));

        assertThat(labels(event)).isEqualTo(Map.of("k8s.pod.uid", uid, "container.id", pod.containerId));
    }

    private static String fill(String shape, Pod pod) {
        return shape.replace("{dashes}", pod.uid)
                .replace("{underscores}", pod.uid.replace('-', '_'))
                .replace("{hash}", pod.uid.replace("-", ""))
                .replace("{id}", pod.containerId);
    }

    /** The event of a process that crashes in a cgroup of that path. */
    private static Item death(Deque<TestCgroup> made, List<String> path) throws Exception {
        return event(Victim.run(make(made, path), "segv"));
    }

    private static Item event(Victim.Ended victim) {
        String pid = Long.toString(victim.pid());
        receiver.await(
                "the event of pid " + pid,
                ignored -> everyone.events().stream()
                        .anyMatch(event -> pid.equals(event.attributes().get("process.pid"))));
        List<Item> events = everyone.events().stream()
                .filter(event -> pid.equals(event.attributes().get("process.pid")))
                .toList();
        assertThat(events).hasSize(1);
        return events.get(0);
    }

    /** Everything in the event's resource that names a workload. */
    private static Map<String, String> labels(Item event) {
        Map<String, String> labels = new java.util.TreeMap<>(event.resource());
        labels.keySet().removeIf(key -> !key.startsWith("k8s.") && !key.startsWith("container."));
        labels.remove("k8s.node.name");
        return labels;
    }

    private static Victim waiting(TestCgroup cgroup) throws Exception {
        Victim process = Victim.start(cgroup, "wait");
        process.awaitReady();
        return process;
    }

    private static List<String> below(List<String> parents, List<String> names) {
        return Stream.concat(parents.stream(), names.stream()).toList();
    }

    private static TestCgroup make(Deque<TestCgroup> made, List<String> path) throws IOException {
        TestCgroup cgroup = TestCgroup.at(path);
        made.push(cgroup);
        return cgroup;
    }

    private static void removeAll(Deque<TestCgroup> made) throws IOException {
        while (!made.isEmpty()) {
            made.pop().close();
        }
    }

    private static String randomId() {
        return (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "");
    }
}
