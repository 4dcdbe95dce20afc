// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import org.jspecify.annotations.Nullable;

/**
 * A process as /proc shows it.
 *
 * @param stat identity, to the clock tick, and parent
 * @param executablePath as Latin-1 chars; null for a kernel thread or when it may not be read
 * @param mountNamespace inode number, 0 when unknown
 * @param commandLine what it was called with; null when nobody asked for it, for a kernel thread, or when it may not be read
 */
public record ScannedProcess(
        ProcStat stat,
        @Nullable String executablePath,
        long mountNamespace,
        @Nullable CommandLine commandLine) {
    /** Without a command line. */
    public ScannedProcess(ProcStat stat, @Nullable String executablePath, long mountNamespace) {
        this(stat, executablePath, mountNamespace, null);
    }
}
