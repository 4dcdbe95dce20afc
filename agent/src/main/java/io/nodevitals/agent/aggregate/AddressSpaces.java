// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

/** How large the address spaces of processes are at this moment, from elsewhere than records: from /proc. */
@FunctionalInterface
public interface AddressSpaces {
    /** There is no such process any more: none with that id, or another one that began later. */
    long GONE = -1;

    /** It cannot be told. */
    long UNKNOWN = -2;

    /**
     * {@code mm->total_vm} of a process. The collector's thread; a few system calls.
     *
     * @param startBootNanos with the tgid, who: another process of the same id is not meant
     * @return pages, 0 for a process that has ended and waits for its parent; {@link #GONE} or {@link #UNKNOWN}
     */
    long totalVmPages(int tgid, long startBootNanos);
}
