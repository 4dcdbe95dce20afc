// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.Arrays;

/**
 * What the memory ring's records add up to between two handovers: flat arrays, no allocation and one hash probe per record.
 *
 * <pre>
 *  processes   [start | tgid, used | cgroup row | last state]     open addressing by start and tgid
 *                                        |
 *  cgroupIndex [cgroup id | row]         |                        open addressing; asked when a process is new or moved
 *                            \           v
 *  heads                      row -> [cgroup id | pages of series 0 .. 10 | unused x 4]
 *  directory                  row -> [chunk of series x size class / 16]                chars, 0 = none yet
 *                                        |
 *  chunks                                v
 *                                    [16 counts]                  from a pool, when the first call of such a size comes
 * </pre>
 *
 * <p>A process's row remembers its cgroup's row, and the cgroup id in the head proves that it still is: the probe for the
 * process finds both. Row 0 of the cgroups is the overflow row: it takes whole records when there is no room for their
 * cgroup or chunk, so that sums stay exact. A process that finds no room only loses its total_vm; that is counted.
 *
 * <p>Owned by one thread at a time and handed over whole: see {@link SnapshotHandover}. {@link #clear} may replace the arrays
 * by larger ones when they were nearly full; it runs on the reader's thread, so the writer never pays for it.
 */
public final class MemoryTables {
    /** Cgroup id under which what found no room is merged. No kernfs node has it. */
    static final long OVERFLOW_CGROUP_ID = -1;

    /** 2^64 divided by the golden ratio: Fibonacci hashing takes the product's upper bits. */
    static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private static final int PROCESS_SHIFT = 2;
    private static final int PROCESS_WIDTH = 1 << PROCESS_SHIFT;
    private static final int PROCESS_TGID = 1;
    private static final int PROCESS_CGROUP_ROW = 2;
    private static final int PROCESS_STATE = 3;
    private static final long USED = 1L << 32;

    private static final int HEAD_SHIFT = 4;
    private static final int HEAD_PAGES = 1;
    private static final int DIRECTORY_SHIFT = 6;
    private static final int GROUPS_SHIFT = 2;
    private static final int CHUNK_SHIFT = 4;
    private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;

    private static final int STATE_GENERATION_SHIFT = 48;
    private static final long STATE_KNOWN = 1L << 56;
    private static final long STATE_PAGES_MASK = (1L << STATE_GENERATION_SHIFT) - 1;

    private final TableCapacity maximum;
    private TableCapacity capacity;

    private long[] processes;
    private int processHashShift;
    private int processCount;

    private long[] heads;
    private long[] cgroupIndex;
    private int cgroupHashShift;
    private int cgroupCount;

    private char[] directory;
    private long[] chunks;
    private int chunkCount;

    private final FailureRows failures = new FailureRows();
    private long untrackedRecords;

    /** Of the request that this hand-over answers; written and read by {@link SnapshotHandover} only. */
    long answeredRequest;

    /** Tables that begin small and grow to {@link TableCapacity#MAXIMUM}. */
    public MemoryTables() {
        this(TableCapacity.INITIAL, TableCapacity.MAXIMUM);
    }

    /** Tables that hold {@code initial} at first and never more than {@code maximum}. */
    public MemoryTables(TableCapacity initial, TableCapacity maximum) {
        this.maximum = maximum;
        allocate(initial);
    }

    /**
     * Counts a successful call. Writer thread.
     *
     * @param startBootNanos with {@code tgid}, the process
     * @param generation of the process's exec, 0 to 255
     * @param totalVmPages of the process after the call, less than 2^48
     * @param series of {@link MemoryCounters}
     * @param pages size of the call, 0 to 2^48
     */
    public void add(
            long startBootNanos, int tgid, long cgroupId, int generation, long totalVmPages, int series, long pages) {
        long[] processes = this.processes;
        long process = (tgid & 0xFFFF_FFFFL) | USED;
        int at = (int) (((startBootNanos ^ ((long) tgid << 40)) * GOLDEN) >>> processHashShift) << PROCESS_SHIFT;
        while (processes[at] != startBootNanos || processes[at + PROCESS_TGID] != process) {
            if (processes[at + PROCESS_TGID] == 0) {
                at = insertProcess(at, startBootNanos, process);
                break;
            }
            // Behind the slots lies the row of those who found none.
            at = at + PROCESS_WIDTH & processes.length - PROCESS_WIDTH - 1;
        }
        int row = (int) processes[at + PROCESS_CGROUP_ROW];
        if (heads[row << HEAD_SHIFT] != cgroupId) {
            row = cgroupRow(cgroupId);
            processes[at + PROCESS_CGROUP_ROW] = row;
        }
        processes[at + PROCESS_STATE] = totalVmPages | (long) generation << STATE_GENERATION_SHIFT | STATE_KNOWN;

        int sizeClass = MemoryCounters.sizeClass(pages);
        int group = series << GROUPS_SHIFT | sizeClass >>> CHUNK_SHIFT;
        int chunk = directory[row << DIRECTORY_SHIFT | group];
        if (chunk == 0) {
            chunk = newChunk(row, group);
            if (chunk == 0) {
                row = 0;
                chunk = directory[group];
            }
        }
        heads[(row << HEAD_SHIFT) + HEAD_PAGES + series] += pages;
        chunks[chunk << CHUNK_SHIFT | (sizeClass & CHUNK_MASK)]++;
    }

    /**
     * Counts a failed call. Writer thread.
     *
     * @param call enum nv_memory_call, 0 to 3
     * @param errno positive
     */
    public void addFailure(long cgroupId, int call, long errno) {
        failures.add(cgroupRow(cgroupId), call, errno);
    }

    private int insertProcess(int at, long startBootNanos, long process) {
        if (processCount == capacity.processes()) {
            untrackedRecords++;
            return processes.length - PROCESS_WIDTH;
        }
        processCount++;
        processes[at] = startBootNanos;
        processes[at + PROCESS_TGID] = process;
        return at;
    }

    private int cgroupRow(long cgroupId) {
        int at = (int) ((cgroupId * GOLDEN) >>> cgroupHashShift) << 1;
        while (cgroupIndex[at + 1] != 0) {
            if (cgroupIndex[at] == cgroupId) {
                return (int) cgroupIndex[at + 1];
            }
            at = at + 2 & cgroupIndex.length - 1;
        }
        if (cgroupCount == capacity.cgroups() || cgroupId == OVERFLOW_CGROUP_ID) {
            return 0;
        }
        int row = ++cgroupCount;
        cgroupIndex[at] = cgroupId;
        cgroupIndex[at + 1] = row;
        heads[row << HEAD_SHIFT] = cgroupId;
        return row;
    }

    private int newChunk(int row, int group) {
        if (chunkCount == capacity.chunks()) {
            return 0;
        }
        int chunk = ++chunkCount + TableCapacity.OVERFLOW_CHUNKS;
        directory[row << DIRECTORY_SHIFT | group] = (char) chunk;
        return chunk;
    }

    /** Whether there will soon be no room; a reason to hand over without being asked. Writer thread. */
    boolean isPressed() {
        return processCount > capacity.processes() / 8 * 7
                || cgroupCount > capacity.cgroups() / 8 * 7
                || chunkCount > capacity.chunks() / 8 * 7
                || failures.isPressed();
    }

    /** Successful calls whose process found no room, so that their total_vm was not kept. */
    public long untrackedRecords() {
        return untrackedRecords;
    }

    /** Told of what the tables hold; see {@link #accept}. */
    interface Visitor {
        void onProcess(int tgid, long startBootNanos, long cgroupId, int generation, long totalVmPages);

        void onPages(long cgroupId, int series, long pages);

        void onCalls(long cgroupId, int series, int sizeClass, long count);

        void onFailures(long cgroupId, int call, int errno, long count);
    }

    /** Shows everything that is not zero, the cgroups before the processes; overflow as {@link #OVERFLOW_CGROUP_ID}. */
    void accept(Visitor visitor) {
        for (int row = 0; row <= cgroupCount; row++) {
            long cgroupId = heads[row << HEAD_SHIFT];
            for (int series = 0; series < MemoryCounters.SERIES; series++) {
                long pages = heads[(row << HEAD_SHIFT) + HEAD_PAGES + series];
                if (pages != 0) {
                    visitor.onPages(cgroupId, series, pages);
                }
                acceptCalls(visitor, row, cgroupId, series);
            }
        }
        failures.forEach((row, call, errno, count) -> visitor.onFailures(heads[row << HEAD_SHIFT], call, errno, count));
        for (int at = 0; at < processes.length - PROCESS_WIDTH; at += PROCESS_WIDTH) {
            long state = processes[at + PROCESS_STATE];
            if ((state & STATE_KNOWN) != 0) {
                visitor.onProcess(
                        (int) processes[at + PROCESS_TGID],
                        processes[at],
                        heads[(int) processes[at + PROCESS_CGROUP_ROW] << HEAD_SHIFT],
                        (int) (state >>> STATE_GENERATION_SHIFT) & 0xff,
                        state & STATE_PAGES_MASK);
            }
        }
    }

    private void acceptCalls(Visitor visitor, int row, long cgroupId, int series) {
        for (int group = 0; group < 1 << GROUPS_SHIFT; group++) {
            int chunk = directory[row << DIRECTORY_SHIFT | series << GROUPS_SHIFT | group];
            if (chunk == 0) {
                continue;
            }
            for (int i = 0; i < 1 << CHUNK_SHIFT; i++) {
                long count = chunks[chunk << CHUNK_SHIFT | i];
                if (count != 0) {
                    visitor.onCalls(cgroupId, series, group << CHUNK_SHIFT | i, count);
                }
            }
        }
    }

    /** Empties the tables; makes those larger that were nearly full. Reader thread, while it owns them. */
    void clear() {
        if (isPressed() && !capacity.equals(maximum)) {
            allocate(capacity.doubledWithin(maximum));
        } else {
            Arrays.fill(processes, 0);
            Arrays.fill(heads, 0, (cgroupCount + 1) << HEAD_SHIFT, 0);
            Arrays.fill(directory, 0, (cgroupCount + 1) << DIRECTORY_SHIFT, (char) 0);
            Arrays.fill(chunks, 0, (chunkCount + TableCapacity.OVERFLOW_CHUNKS + 1) << CHUNK_SHIFT, 0);
            Arrays.fill(cgroupIndex, 0);
        }
        failures.clear();
        reset();
    }

    private void allocate(TableCapacity capacity) {
        this.capacity = capacity;
        processes = new long[(capacity.processSlots() + 1) << PROCESS_SHIFT];
        processHashShift = 64 - Integer.numberOfTrailingZeros(capacity.processSlots());
        heads = new long[(capacity.cgroups() + 1) << HEAD_SHIFT];
        directory = new char[(capacity.cgroups() + 1) << DIRECTORY_SHIFT];
        cgroupIndex = new long[capacity.cgroupSlots() << 1];
        cgroupHashShift = 64 - Integer.numberOfTrailingZeros(capacity.cgroupSlots());
        chunks = new long[(capacity.chunks() + TableCapacity.OVERFLOW_CHUNKS + 1) << CHUNK_SHIFT];
        reset();
    }

    private void reset() {
        processCount = 0;
        cgroupCount = 0;
        chunkCount = 0;
        untrackedRecords = 0;
        heads[0] = OVERFLOW_CGROUP_ID;
        // The overflow row never asks for a chunk: it has one for every size of every series.
        for (int chunk = 1; chunk <= TableCapacity.OVERFLOW_CHUNKS; chunk++) {
            directory[chunk - 1] = (char) chunk;
        }
    }
}
