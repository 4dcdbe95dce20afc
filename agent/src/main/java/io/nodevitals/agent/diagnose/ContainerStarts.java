// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Sees containers start: the first exec in a container whose cgroup was seen being made. The runtime's own steps come before it, health
 * checks in containers that were there before the agent are none.
 */
final class ContainerStarts {
    private static final int MAX_MADE = 4096;

    private final Subjects subjects;
    private final LinkedHashSet<Workload> made = new LinkedHashSet<>();

    ContainerStarts(Subjects subjects) {
        this.subjects = subjects;
    }

    void changed(CgroupChanged event) {
        if (event.operation() != CgroupChanged.Operation.MKDIR) {
            return;
        }
        CgroupRef cgroup = event.header().cgroup();
        Workload workload = subjects.workload(cgroup);
        if (workload.kind() != Workload.Kind.CONTAINER || isWithin(workload, cgroup)) {
            return;
        }
        made.add(workload);
        if (made.size() > MAX_MADE) {
            Iterator<Workload> oldest = made.iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** Whether this exec is the start of its container. */
    boolean startsWith(Workload execWorkload) {
        return made.remove(execWorkload);
    }

    // A container that makes cgroups below its own (systemd inside, docker in docker) does not start again.
    private boolean isWithin(Workload workload, CgroupRef cgroup) {
        List<CgroupRef.Level> levels = cgroup.levels();
        int parent = cgroup.leafLevel() - 1 - cgroup.firstLevel();
        return parent >= 0
                && parent < levels.size()
                && subjects.workload(levels.get(parent).id()).equals(workload);
    }
}
