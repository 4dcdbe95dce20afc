// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.process.ProcessId;

/**
 * The port through which files below /proc/PID/root are read; the native side implements it.
 *
 * <p>Implementations resolve the path inside that root (no magic links, no way out by symbolic links or ".."), open nothing but
 * regular files, never block for long, and keep no descriptor.
 */
@FunctionalInterface
public interface RootFiles {

    /**
     * One look through one process.
     *
     * @param process must still be that very process, not another under its pid
     * @param mountNamespace that it must be in, 0 for any
     * @param path raw Latin-1 chars; an absolute one starts at the process's root, a relative one at its working directory and may
     *     not leave it
     * @param offset of the first byte wanted
     */
    Look read(ProcessId process, long mountNamespace, String path, long offset);
}
