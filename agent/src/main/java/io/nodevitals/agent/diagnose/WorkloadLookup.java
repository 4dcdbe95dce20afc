// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.process.CgroupRef;

/** Whose a cgroup is. Called on the diagnoser's thread only; gives {@link Workload#UNKNOWN} rather than a guess. */
public interface WorkloadLookup {

    /** Of a cgroup with the ancestors that its record named. */
    Workload workload(CgroupRef cgroup);

    /** Of a cgroup known by id alone. */
    Workload workload(long cgroupId);
}
