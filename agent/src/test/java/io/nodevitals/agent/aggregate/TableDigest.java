// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

/** One number that stands for all that tables hold, whatever the order of their rows: table_digest of bench.d/ring/table.h. */
final class TableDigest implements TableVisitor {
    private long sum;

    private TableDigest() {}

    static long of(MemoryTables tables) {
        TableDigest digest = new TableDigest();
        tables.accept(digest);
        return digest.sum + tables.untrackedRecords();
    }

    @Override
    public void onPages(long cgroupId, int series, long pages) {
        sum += weight(cgroupId, 1 << 16 | series) * pages;
    }

    @Override
    public void onCalls(long cgroupId, int series, int sizeClass, long count) {
        sum += weight(cgroupId, 2 << 16 | series << 8 | sizeClass) * count;
    }

    @Override
    public void onFailures(long cgroupId, int call, int errno, long count) {
        sum += weight(cgroupId, 3 << 16 | call * MemoryCounters.ERRNOS + errno) * count;
    }

    @Override
    public void onProcess(int tgid, long startBootNanos, long cgroupId, int generation, long totalVmPages) {
        sum += weight(cgroupId, 4 << 16) * totalVmPages;
    }

    private static long weight(long cgroupId, long what) {
        return mix(cgroupId ^ mix(what));
    }

    private static long mix(long x) {
        long y = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
        long z = (y ^ y >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
