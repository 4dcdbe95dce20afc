// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.program.RootView.Present;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What exec refuses before it reads a byte of a file (do_open_execat in fs/exec.c, generic_permission in fs/namei.c). */
final class ExecPermission {
    private final RootView root;
    private final Caller caller;

    ExecPermission(RootView root, Caller caller) {
        this.root = root;
        this.caller = caller;
    }

    /** The verdict that ends it; null when exec would go on. */
    @Nullable
    Inspection refusal(String path, Present file, Findings findings) {
        String who = findings.itself(path);
        String closed = closedDirectory(path, file.path());
        if (closed != null) {
            return findings.execFails(
                    StartCause.PERMISSION,
                    closed,
                    "would not start: user " + caller.userId() + " may not enter " + closed
                            + ". Give the directory its x bit.");
        }
        if (!file.isRegular()) {
            return findings.execFails(
                    StartCause.NOT_EXECUTABLE,
                    path,
                    "would not start: " + who + " is " + (file.isDirectory() ? "a directory" : "no regular file")
                            + ". Name a program.");
        }
        if (file.noexec()) {
            return findings.execFails(
                    StartCause.NOEXEC_MOUNT,
                    path,
                    "would not start: " + who + " lies on a file system mounted noexec. Mount it exec, or move it.");
        }
        if (!mayExecute(file)) {
            return findings.execFails(
                    StartCause.NOT_EXECUTABLE,
                    path,
                    String.format(
                            "would not start: %s has no execute permission for user %d (mode %04o). Run chmod +x on it.",
                            who, caller.userId(), file.mode() & 07777));
        }
        return null;
    }

    /** Root runs what anyone may run. */
    boolean mayExecute(Present file) {
        return permitted(file, (file.mode() & 0111) != 0);
    }

    private boolean permitted(Present file, boolean asRoot) {
        if (caller.userId() == 0) {
            return asRoot;
        }
        int shift = file.userId() == caller.userId() ? 6 : file.groupId() == caller.groupId() ? 3 : 0;
        return (file.mode() >> shift & 1) != 0;
    }

    private @Nullable String closedDirectory(String asked, String real) {
        if (caller.userId() == 0) {
            return null;
        }
        for (String path : List.of(asked, real)) {
            for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
                String directory = path.substring(0, slash);
                if (root.look(directory) instanceof Present entry && !permitted(entry, true)) {
                    return directory;
                }
            }
        }
        return null;
    }
}
