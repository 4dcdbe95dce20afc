// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.diagnose.Look.ByStandIn;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.process.TrackedProcess;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks through the caller while it lives, else through another living process of the same mount namespace. Belongs to the thread of
 * its registry.
 */
public final class ProcRootReader implements TargetFileReader {
    private static final int MAX_STAND_INS = 3;

    private final ProcessRegistry registry;
    private final RootFiles files;

    /** Chooses from {@code registry} whom to look through, and looks through {@code files}. */
    public ProcRootReader(ProcessRegistry registry, RootFiles files) {
        this.registry = registry;
        this.files = files;
    }

    @Override
    public Look read(Caller caller, String path, long offset) {
        Look look = files.read(caller.process(), 0, path, offset);
        if (!(look instanceof Unavailable) || !path.startsWith("/") || caller.mountNamespace() == 0) {
            return look;
        }
        for (ProcessId standIn : standIns(caller)) {
            Look through = files.read(standIn, caller.mountNamespace(), path, offset);
            if (!(through instanceof Unavailable)) {
                return new ByStandIn(through);
            }
        }
        return look;
    }

    // The parent first: most likely it has the same root too.
    private List<ProcessId> standIns(Caller caller) {
        List<ProcessId> standIns = new ArrayList<>();
        TrackedProcess known = registry.find(caller.process());
        if (known != null && known.parent().tgid() != 0) {
            standIns.add(known.parent());
        }
        for (TrackedProcess other : registry.liveInMountNamespace(caller.mountNamespace(), MAX_STAND_INS)) {
            standIns.add(other.id());
        }
        return standIns;
    }
}
