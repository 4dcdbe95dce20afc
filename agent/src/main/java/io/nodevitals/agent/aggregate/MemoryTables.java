// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.Arrays;

/**
 * What the memory ring's records add up to between two handovers: one flat array, no allocation and one hash probe per record.
 *
 * <pre>
 *  process  [start | tgid, used | head's index | last state]       open addressing by start and tgid, from index 0
 *                                    |
 *                                    v
 *  head     [cgroup id | unused | pages, chunks | pages, chunks | ... ]      a pair for each of the eleven series
 *                                           |
 *                                           v                chunks: four 16-bit numbers, one for sixteen size classes
 *  chunk                                 [16 counts]         number = index / 16; from a pool, when the first such call comes
 * </pre>
 *
 * <p>A process's row remembers its cgroup's head, and the id in the head proves that it still is: the probe for the process finds
 * both. An index from cgroup id to head is asked only when a process is new or has moved. The first head is the overflow's: it
 * takes whole records when there is no room for their cgroup or chunk, so that sums stay exact. A process that finds no room
 * only loses its total_vm; that is counted.
 *
 * <p>Owned by one thread at a time and handed over whole: see {@link SnapshotHandover}. {@link #clear} may replace the array by a
 * larger one when it was nearly full; it runs on the reader's thread, so the writer never pays for it.
 *
 * <p>The steps of one record are {@link #process}, {@link #head} and {@link #add} or {@link #addFailure}, so that a caller reads each
 * word of the record when it is needed: fewer values to keep is faster than one call with all of them.
 */
public final class MemoryTables {
    /** Cgroup id under which what found no room is merged. No kernfs node has it. */
    static final long OVERFLOW_CGROUP_ID = -1;

    /** 2^64 divided by the golden ratio: Fibonacci hashing takes the product's upper bits. */
    static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    static final int PROCESS_SHIFT = 2;
    static final int PROCESS_WIDTH = 1 << PROCESS_SHIFT;
    private static final int PROCESS_TGID = 1;
    private static final int PROCESS_HEAD = 2;
    private static final int PROCESS_STATE = 3;
    private static final long USED = 1L << 32;

    static final int HEAD_WIDTH = 2 + 2 * MemoryCounters.SERIES;
    private static final int HEAD_PAGES = 2;

    static final int CHUNK_SHIFT = 4;
    private static final int CLASS_MASK = (1 << CHUNK_SHIFT) - 1;
    // Size class 16 n + i is count i of the series' nth chunk, whose number is at bit 16 n: the same n times 16.
    private static final int LANE_MASK = 0x30;
    private static final int CHUNK_MASK = 0xFFFF;

    private static final int STATE_GENERATION_SHIFT = 48;
    private static final long STATE_KNOWN = 1L << 56;
    private static final long STATE_PAGES_MASK = (1L << STATE_GENERATION_SHIFT) - 1;

    private final TableCapacity maximum;
    private TableCapacity capacity;

    private long[] memory;
    private int processHashShift;
    private int processCount;
    private int overflowHead;

    private long[] cgroupIndex;
    private int cgroupHashShift;
    private int cgroupCount;
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
     * Finds the row of a process, or makes it. Writer thread.
     *
     * @param startBootNanos with {@code tgid}, the process
     * @return for {@link #head} and {@link #add}, until the next call of this
     */
    public int process(long startBootNanos, int tgid) {
        long[] memory = this.memory;
        long process = (tgid & 0xFFFF_FFFFL) | USED;
        int at = (int) (((startBootNanos ^ ((long) tgid << 40)) * GOLDEN) >>> processHashShift) << PROCESS_SHIFT;
        while (memory[at] != startBootNanos || memory[at + PROCESS_TGID] != process) {
            if (memory[at + PROCESS_TGID] == 0) {
                return newProcess(at, startBootNanos, process);
            }
            at = nextProcess(at);
        }
        return at;
    }

    /** Finds the head of the process's cgroup, or makes it. Writer thread. */
    public int head(int process, long cgroupId) {
        int head = (int) memory[process + PROCESS_HEAD];
        return memory[head] == cgroupId ? head : moveProcess(process, cgroupId);
    }

    /**
     * Counts a successful call. Writer thread.
     *
     * @param generation of the process's exec, 0 to 255
     * @param totalVmPages of the process after the call, less than 2^48
     * @param series of {@link MemoryCounters}
     * @param pages size of the call, 0 to 2^48
     */
    public void add(int process, int head, int generation, long totalVmPages, int series, long pages) {
        long[] memory = this.memory;
        memory[process + PROCESS_STATE] = totalVmPages | (long) generation << STATE_GENERATION_SHIFT | STATE_KNOWN;
        int sizeClass = MemoryCounters.sizeClass(pages);
        int pair = head + HEAD_PAGES + (series << 1);
        int chunk = (int) (memory[pair + 1] >>> (sizeClass & LANE_MASK)) & CHUNK_MASK;
        if (chunk == 0) {
            addFirst(head, series, sizeClass, pages);
            return;
        }
        memory[pair] += pages;
        memory[chunk << CHUNK_SHIFT | (sizeClass & CLASS_MASK)]++;
    }

    /**
     * Counts a failed call. Writer thread.
     *
     * @param call enum nv_memory_call, 0 to 3
     * @param errno positive
     */
    public void addFailure(int head, int call, long errno) {
        failures.add(head == overflowHead ? FailureRows.OVERFLOW : head, call, errno);
    }

    private int nextProcess(int at) {
        // Behind the slots lies the row of those who found none.
        return at + PROCESS_WIDTH & capacity.processSlots() * PROCESS_WIDTH - 1;
    }

    private int newProcess(int at, long startBootNanos, long process) {
        if (processCount == capacity.processes()) {
            untrackedRecords++;
            return capacity.processSlots() * PROCESS_WIDTH;
        }
        processCount++;
        memory[at] = startBootNanos;
        memory[at + PROCESS_TGID] = process;
        memory[at + PROCESS_HEAD] = overflowHead;
        return at;
    }

    private int moveProcess(int process, long cgroupId) {
        int head = cgroupHead(cgroupId);
        memory[process + PROCESS_HEAD] = head;
        return head;
    }

    private int cgroupHead(long cgroupId) {
        int at = (int) ((cgroupId * GOLDEN) >>> cgroupHashShift) << 1;
        while (cgroupIndex[at + 1] != 0) {
            if (cgroupIndex[at] == cgroupId) {
                return (int) cgroupIndex[at + 1];
            }
            at = at + 2 & cgroupIndex.length - 1;
        }
        if (cgroupCount == capacity.cgroups() || cgroupId == OVERFLOW_CGROUP_ID) {
            return overflowHead;
        }
        int head = headOf(++cgroupCount);
        cgroupIndex[at] = cgroupId;
        cgroupIndex[at + 1] = head;
        memory[head] = cgroupId;
        return head;
    }

    private int headOf(int cgroup) {
        return overflowHead + cgroup * HEAD_WIDTH;
    }

    // The first call of its size class and fifteen others.
    private void addFirst(int head, int series, int sizeClass, long pages) {
        int counted = head;
        if (chunkCount == capacity.chunks()) {
            counted = overflowHead;
        } else {
            giveChunk(head, series, sizeClass & LANE_MASK, chunkCount++);
        }
        int pair = counted + HEAD_PAGES + (series << 1);
        int chunk = (int) (memory[pair + 1] >>> (sizeClass & LANE_MASK)) & CHUNK_MASK;
        memory[pair] += pages;
        memory[chunk << CHUNK_SHIFT | (sizeClass & CLASS_MASK)]++;
    }

    private void giveChunk(int head, int series, int lane, int ordinal) {
        int chunk = (capacity.chunkIndex() >>> CHUNK_SHIFT) + ordinal;
        memory[head + HEAD_PAGES + (series << 1) + 1] |= (long) chunk << lane;
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
        for (int cgroup = 0; cgroup <= cgroupCount; cgroup++) {
            int head = headOf(cgroup);
            for (int series = 0; series < MemoryCounters.SERIES; series++) {
                int pair = head + HEAD_PAGES + (series << 1);
                if (memory[pair] != 0) {
                    visitor.onPages(memory[head], series, memory[pair]);
                }
                acceptCalls(visitor, memory[head], series, memory[pair + 1]);
            }
        }
        failures.forEach((row, call, errno, count) ->
                visitor.onFailures(memory[row == FailureRows.OVERFLOW ? overflowHead : row], call, errno, count));
        for (int at = 0; at < capacity.processSlots() * PROCESS_WIDTH; at += PROCESS_WIDTH) {
            long state = memory[at + PROCESS_STATE];
            if ((state & STATE_KNOWN) != 0) {
                visitor.onProcess(
                        (int) memory[at + PROCESS_TGID],
                        memory[at],
                        memory[(int) memory[at + PROCESS_HEAD]],
                        (int) (state >>> STATE_GENERATION_SHIFT) & 0xff,
                        state & STATE_PAGES_MASK);
            }
        }
    }

    private void acceptCalls(Visitor visitor, long cgroupId, int series, long chunks) {
        for (int sizeClass = 0; sizeClass < MemoryCounters.SIZE_CLASSES; sizeClass++) {
            int chunk = (int) (chunks >>> (sizeClass & LANE_MASK)) & CHUNK_MASK;
            long count = chunk == 0 ? 0 : memory[chunk << CHUNK_SHIFT | (sizeClass & CLASS_MASK)];
            if (count != 0) {
                visitor.onCalls(cgroupId, series, sizeClass, count);
            }
        }
    }

    /** Empties the tables; makes those larger that were nearly full. Reader thread, while it owns them. */
    void clear() {
        if (isPressed() && !capacity.equals(maximum)) {
            allocate(capacity.doubledWithin(maximum));
        } else {
            int chunks = capacity.chunkIndex();
            Arrays.fill(memory, 0, headOf(cgroupCount + 1), 0);
            Arrays.fill(memory, chunks, chunks + (chunkCount << CHUNK_SHIFT), 0);
            Arrays.fill(memory, chunks + (capacity.chunks() << CHUNK_SHIFT), memory.length, 0);
            Arrays.fill(cgroupIndex, 0);
            reset();
        }
    }

    private void allocate(TableCapacity capacity) {
        this.capacity = capacity;
        memory = new long[capacity.length()];
        processHashShift = 64 - Integer.numberOfTrailingZeros(capacity.processSlots());
        overflowHead = capacity.headIndex();
        cgroupIndex = new long[capacity.cgroupSlots() << 1];
        cgroupHashShift = 64 - Integer.numberOfTrailingZeros(capacity.cgroupSlots());
        reset();
    }

    private void reset() {
        processCount = 0;
        cgroupCount = 0;
        untrackedRecords = 0;
        failures.clear();
        memory[overflowHead] = OVERFLOW_CGROUP_ID;
        // The row of those who found none: its head is checked like any other's.
        memory[capacity.processSlots() * PROCESS_WIDTH + PROCESS_HEAD] = overflowHead;
        // The overflow never asks for a chunk: it has one for every size of every series.
        chunkCount = 0;
        for (int series = 0; series < MemoryCounters.SERIES; series++) {
            for (int lane = 0; lane <= LANE_MASK; lane += 1 << CHUNK_SHIFT) {
                giveChunk(overflowHead, series, lane, capacity.chunks() + chunkCount++);
            }
        }
        chunkCount = 0;
    }
}
