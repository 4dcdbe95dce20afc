// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.process.ProcessId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The process that an occurrence is about. Names are sanitised.
 *
 * @param process identity; the start time may be 0 when no record told it
 * @param parent real parent when it happened; tgid 0 when unknown
 * @param executableName last part of the exec'd path, else the comm
 * @param executablePath as given to exec, null when unknown
 * @param commandArgs what it was called with, null when unknown or not asked for
 * @param cgroupId kernfs id, 0 when unknown
 * @param workload whom it belongs to
 */
public record Subject(
        ProcessId process,
        ProcessId parent,
        String executableName,
        @Nullable String executablePath,
        @Nullable List<String> commandArgs,
        long cgroupId,
        Workload workload) {

    /** Its pid in the initial pid namespace. */
    public int pid() {
        return process.tgid();
    }
}
