// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

/** Told of what {@link MemoryTables} hold; nothing that is zero. */
interface TableVisitor {
    void onPages(long cgroupId, int series, long pages);

    void onCalls(long cgroupId, int series, int sizeClass, long count);

    void onFailures(long cgroupId, int call, int errno, long count);

    void onProcess(int tgid, long startBootNanos, long cgroupId, int generation, long totalVmPages);
}
