// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.CommandLine;
import io.nodevitals.agent.process.LifecycleEvent.Actor;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.Names;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.process.TrackedProcess;

/** Puts names and workloads to the processes of a record. */
final class Subjects {
    private final ProcessRegistry registry;
    private final WorkloadLookup workloads;

    Subjects(ProcessRegistry registry, WorkloadLookup workloads) {
        this.registry = registry;
        this.workloads = workloads;
    }

    /** Whom a record is about, as things stand now. */
    Subject subject(Header header, TrackedProcess process) {
        CgroupRef cgroup = cgroup(header, process);
        String path = process.executablePath();
        CommandLine commandLine = process.commandLine();
        return new Subject(
                process.id(),
                header.parent().tgid() != 0 ? header.parent() : process.parent(),
                Names.sanitise(process.name()),
                path == null ? null : Names.sanitise(path),
                commandLine == null ? null : commandLine.shown(),
                cgroup.id(),
                workload(cgroup));
    }

    /** Whose a record is. */
    Workload workload(Header header, TrackedProcess process) {
        return workload(cgroup(header, process));
    }

    Workload workload(CgroupRef cgroup) {
        return cgroup.id() == 0 && cgroup.levels().isEmpty() ? Workload.UNKNOWN : workloads.workload(cgroup);
    }

    Workload workload(long cgroupId) {
        return cgroupId == 0 ? Workload.UNKNOWN : workloads.workload(cgroupId);
    }

    /** The sanitised name of somebody else in a record. */
    String name(Actor actor) {
        TrackedProcess process = registry.find(actor.process());
        String name = process == null ? "" : process.name();
        return Names.sanitise(name.isEmpty() ? actor.comm() : name);
    }

    // Some records carry the id alone; what the process was last seen with has the ancestors.
    private static CgroupRef cgroup(Header header, TrackedProcess process) {
        CgroupRef own = header.cgroup();
        CgroupRef known = process.cgroup();
        if (known == null
                || (own.id() != 0 && (own.id() != known.id() || !own.levels().isEmpty()))) {
            return own;
        }
        return known;
    }
}
