// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.CgroupHierarchy;
import io.nodevitals.agent.attribute.CgroupMounts;
import io.nodevitals.agent.attribute.CgroupPathParser;
import io.nodevitals.agent.attribute.CgroupTable;
import io.nodevitals.agent.attribute.PodNames;
import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.diagnose.WorkloadLookup;
import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.source.WorkloadResources;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Who: the cgroup table and the pods' names, as the settings want them. */
final class Attribution implements WorkloadLookup {
    private static final System.Logger LOG = System.getLogger(Attribution.class.getName());

    private final CgroupTable cgroups;
    private final PodNames podNames;
    private boolean namesComplained;

    Attribution(Settings settings, CgroupHierarchy hierarchy) {
        CgroupPathParser parser = CgroupPathParser.anchoredAt(settings.get(Setting.KUBEPODS_ROOT));
        cgroups = new CgroupTable(parser, hierarchy, CgroupTable.DEFAULT_CAPACITY);
        podNames = new PodNames(settings.get(Setting.POD_LOGS));
    }

    /** The hierarchy to follow, mounted where the settings say, else where the mount table does. */
    static CgroupHierarchy hierarchy(Settings settings) throws IOException {
        CgroupHierarchy found = CgroupMounts.find();
        return settings.get(Setting.CGROUP_MOUNT)
                .map(mount -> new CgroupHierarchy(found.id(), mount, found.prefix()))
                .orElse(found);
    }

    /** Learns the cgroups that are there. The probes should be attached before, so that none falls between. */
    void walk() throws IOException {
        cgroups.walk();
    }

    CgroupTable cgroups() {
        return cgroups;
    }

    @Override
    public Workload workload(CgroupRef cgroup) {
        return cgroups.workload(cgroup.id());
    }

    @Override
    public Workload workload(long cgroupId) {
        return cgroups.workload(cgroupId);
    }

    /** The names of a workload's pod; null when they are not known. */
    synchronized WorkloadResources.@Nullable PodNames names(Workload workload) {
        if (workload.podUid() == null) {
            return null;
        }
        try {
            PodNames.PodName name = podNames.find(workload.podUid());
            return name == null ? null : new WorkloadResources.PodNames(name.namespace(), name.pod(), name.container());
        } catch (IOException e) {
            if (!namesComplained) {
                namesComplained = true;
                LOG.log(System.Logger.Level.WARNING, "Pods' names cannot be read, only their UIDs are sent: " + e);
            }
            return null;
        }
    }
}
