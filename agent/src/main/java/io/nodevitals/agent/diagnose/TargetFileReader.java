// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.process.ProcessId;

/** Looks at files as a process sees them. Implementations are bounded in bytes and time and never throw for what a workload does. */
@FunctionalInterface
public interface TargetFileReader {
    /** Most bytes of one look. */
    int MAX_BYTES = 4096;

    /**
     * One look. Called on the diagnoser's thread.
     *
     * @param path raw Latin-1 chars as given to exec; a relative one starts at the caller's working directory
     * @param offset of the first byte wanted
     */
    Look read(Caller caller, String path, long offset);

    /**
     * Through whose eyes.
     *
     * @param mountNamespace inode number, 0 when unknown
     */
    record Caller(ProcessId process, long mountNamespace) {}
}
