// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged;
import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged.Operation;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.ProcessId;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** Whatever happens to paths and cgroups, nobody gets another's label. */
class AttributionPropertyTest {
    private static final String POD_A = "0a1b2c3d-1111-4222-8333-444455556666";
    private static final String POD_B = "ffffffff-2222-4333-8444-555566667777";
    private static final String ID_A = "a".repeat(64);
    private static final String ID_B = "b".repeat(64);

    private static final CgroupPathParser PARSER = CgroupPathParser.anchoredAt(CgroupPathParser.DEFAULT_ROOTS);

    /** The only places that may give a pod's UID away, written independently of the parser. */
    private static final Pattern GENUINE = Pattern.compile("(?:/kubepods(?:/burstable|/besteffort)?/pod([0-9a-f-]+)"
            + "|(?:/kubepods\\.slice(?:/kubepods-(?:burstable|besteffort)\\.slice)?|/system\\.slice/containerd\\.service|"
            + "/system\\.slice|)/kubepods(?:-burstable|-besteffort)?-pod([0-9a-f_]+)\\.slice)(?:[/:].*)?");

    @Provide
    Arbitrary<String> seeds() {
        String systemd = POD_A.replace('-', '_');
        return Arbitraries.of(
                "/kubepods/burstable/pod" + POD_A + "/" + ID_A,
                "/kubepods/pod" + POD_A + "/crio-" + ID_A,
                "/kubepods.slice/kubepods-pod" + systemd + ".slice/docker-" + ID_A + ".scope",
                "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + systemd + ".slice/cri-containerd-"
                        + ID_A + ".scope/init.scope",
                "/system.slice/containerd.service/kubepods-burstable-pod" + systemd + ".slice:cri-containerd:" + ID_A,
                "/docker/" + ID_B + "/kubepods/burstable/pod" + POD_A + "/" + ID_A,
                "/user.slice/user-1000.slice/user@1000.service/kubepods/pod" + POD_A);
    }

    @Property(tries = 10_000)
    void aMutatedPathNeverNamesAPodThatIsNotAtItsPlace(
            @ForAll("seeds") String seed, @ForAll @Size(min = 1, max = 6) List<Integer> mutations) {
        String path = seed;
        for (int mutation : mutations) {
            path = mutate(path, mutation);
        }
        String uid = PARSER.parse(path).podUid();
        if (uid != null) {
            Matcher genuine = GENUINE.matcher(path);
            assertThat(genuine.matches()).as(path).isTrue();
            String written = genuine.group(1) != null
                    ? genuine.group(1)
                    : genuine.group(2).replace('_', '-');
            assertThat(uid).as(path).isEqualTo(written);
        }
    }

    @Property
    void anyTextIsParsedWithoutAnError(@ForAll String text) {
        assertThat(PARSER.parse("/kubepods.slice/" + text).podUid()).isNull();
        assertThat(PARSER.parse(text).podUid()).isNull();
    }

    /** One thing that happens to a cgroup: numbers chosen freely, made to fit the tree when it happens. */
    record Step(int kind, int parent, int name) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.integers().between(0, 1000),
                        Arbitraries.integers().between(0, NAMES.length - 1))
                .as(Step::new)
                .list()
                .ofMaxSize(120);
    }

    private static final String[] NAMES = {
        "kubepods",
        "burstable",
        "pod" + POD_A,
        "pod" + POD_B,
        ID_A,
        ID_B,
        "kubepods.slice",
        "kubepods-pod" + POD_A.replace('-', '_') + ".slice",
        "docker",
        "docker-" + ID_A + ".scope",
        "system.slice",
        "x.service",
        "init.scope",
        "user.slice",
    };

    /** A model of the kernel's tree: ids are given out again, some records are lost, some reach only six levels deep. */
    @Property(tries = 1_000)
    void theTableNeverSaysOtherThanTheTreeOrUnknown(@ForAll("steps") List<Step> steps) {
        CgroupTable table = new CgroupTable(PARSER, new CgroupHierarchy(0, Path.of("/nowhere"), ""), 12);
        Map<Long, Node> live = new HashMap<>();
        Node root = new Node(1, null, "");
        live.put(1L, root);
        Deque<Long> free = new ArrayDeque<>();
        long next = 2;
        long now = 1;
        for (Step step : steps) {
            now += CgroupTable.KEEP_REMOVED_NANOS / 20;
            List<Node> nodes = new ArrayList<>(live.values());
            Node node = nodes.get(step.parent % nodes.size());
            if (step.kind < 5) {
                String name = NAMES[step.name];
                if (node.children.stream().noneMatch(child -> child.name.equals(name))) {
                    Long reused = step.kind == 0 ? free.pollFirst() : null;
                    Node made = new Node(reused != null ? reused : next++, node, name);
                    node.children.add(made);
                    live.put(made.id, made);
                    // The record of a fresh id may be lost; an id given out again is a rarity of years.
                    if (step.kind < 4 || reused != null) {
                        table.accept(made.changed(Operation.MKDIR, now));
                    }
                }
            } else if (step.kind < 7 && node.parent != null && node.children.isEmpty()) {
                node.parent.children.remove(node);
                live.remove(node.id);
                free.add(node.id);
                if (step.kind == 5) {
                    table.accept(node.changed(Operation.RMDIR, now));
                }
            } else if (node.parent != null) {
                table.observe(node.ref());
            }
            for (Node each : live.values()) {
                Workload tree = PARSER.parse(each.path());
                // An imitation deeper in a service than a record reaches is the host's, which is true of it.
                Workload above = tree.equals(Workload.UNKNOWN) ? Workload.HOST : Workload.UNKNOWN;
                assertThat(table.workload(each.id)).as(each.path()).isIn(tree, Workload.UNKNOWN, above);
            }
            assertThat(table.size()).isLessThanOrEqualTo(12);
        }
    }

    private static final class Node {
        private final long id;
        private final Node parent;
        private final String name;
        private final List<Node> children = new ArrayList<>();

        Node(long id, Node parent, String name) {
            this.id = id;
            this.parent = parent;
            this.name = name;
        }

        String path() {
            return parent == null ? "/" : (parent.parent == null ? "" : parent.path()) + "/" + name;
        }

        CgroupRef ref() {
            List<CgroupRef.Level> levels = new ArrayList<>();
            for (Node node = this; node.parent != null; node = node.parent) {
                levels.add(0, new CgroupRef.Level(node.id, node.name));
            }
            return new CgroupRef(id, 0, levels.size(), 1, levels.subList(0, Math.min(6, levels.size())));
        }

        LifecycleEvent changed(Operation operation, long bootNanos) {
            ProcessId init = new ProcessId(1, 1);
            return new CgroupChanged(new Header(bootNanos, init, 1, 0, ref(), init), operation, path());
        }
    }

    private static String mutate(String path, int mutation) {
        if (path.isEmpty()) {
            return path;
        }
        int at = Math.floorMod(mutation >>> 4, path.length());
        String inserted = switch (Math.floorMod(mutation, 8)) {
            case 0 -> "/";
            case 1 -> "/evil";
            case 2 -> "a";
            case 3 -> "-";
            case 4 -> ".slice";
            case 5 -> "/pod" + POD_B;
            case 6 -> "";
            default -> ":";
        };
        boolean replace = (mutation & 8) != 0;
        return path.substring(0, at) + inserted + path.substring(replace ? at + 1 : at);
    }
}
