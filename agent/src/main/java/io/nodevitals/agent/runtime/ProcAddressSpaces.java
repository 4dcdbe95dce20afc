// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.AddressSpaces;
import io.nodevitals.agent.process.ProcLookup;
import io.nodevitals.agent.process.ProcStat;
import java.io.IOException;

/** Address spaces from /proc/PID/stat, whose vsize is {@code mm->total_vm} in bytes. */
public final class ProcAddressSpaces implements AddressSpaces {
    private final ProcLookup processes;
    private final int pageSizeBytes;

    public ProcAddressSpaces(ProcLookup processes, int pageSizeBytes) {
        this.processes = processes;
        this.pageSizeBytes = pageSizeBytes;
    }

    @Override
    public long totalVmPages(int tgid, long startBootNanos) {
        try {
            ProcStat stat = processes.find(tgid, startBootNanos);
            return stat == null ? GONE : stat.virtualBytes() / pageSizeBytes;
        } catch (IOException unreadable) {
            return UNKNOWN;
        }
    }
}
