// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import org.jspecify.annotations.Nullable;

/**
 * A process as /proc shows it.
 *
 * @param stat identity, to the clock tick, and parent
 * @param executablePath as Latin-1 chars; null for a kernel thread or when it may not be read
 * @param mountNamespace inode number, 0 when unknown
 */
public record ScannedProcess(ProcStat stat, @Nullable String executablePath, long mountNamespace) {}
