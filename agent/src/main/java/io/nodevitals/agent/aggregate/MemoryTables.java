// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.bpf.event.MemoryEvent;
import java.util.Arrays;

/**
 * What the memory ring's records add up to between two handovers: flat arrays, no allocation and one hash probe per record.
 *
 * <pre>
 *  process  [start | tgid, head's index, generation | cgroup id | last state]    open addressing by start and tgid, from 0
 *                            |
 *                            v
 *  head     [cgroup id | unused | pages, chunks | pages, chunks | ... ]      a pair for each of the eleven series
 *                                           |
 *                                           v                chunks: four 16-bit numbers, one for sixteen size classes
 *  chunk                                 [16 counts]         of SizeCounts, taken when the first call of such a size comes
 * </pre>
 *
 * <p>A process's row, half a cache line, remembers its cgroup and that one's head: the probe for the process finds both. {@link CgroupIndex} is asked only when a process is new or has moved. The first head is the overflow's: it takes whole
 * records when there is no room for their cgroup or chunk, so that sums stay exact. A process that finds no room only loses its
 * total_vm; that is counted.
 *
 * <p>Owned by one thread at a time and handed over whole: see {@link SnapshotHandover}. {@link #clear} may replace the arrays by
 * larger ones when they were nearly full; it runs on the reader's thread, so the writer never pays for it.
 */
public final class MemoryTables {
    /** Words of a record for {@link #add}: the ring's header, then {@code struct nv_memory_event}. */
    public static final int RECORD_WIDTH = 1 + MemoryEvent.SIZE_BYTES / Long.BYTES;

    /** Cgroup id under which what found no room is merged. No kernfs node has it. */
    static final long OVERFLOW_CGROUP_ID = -1;

    /** 2^64 divided by the golden ratio: Fibonacci hashing takes the product's upper bits. */
    static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private static final int WHAT = 1 + MemoryEvent.WHAT_OFFSET / Long.BYTES;
    private static final int STATE = 1 + MemoryEvent.STATE_OFFSET / Long.BYTES;
    private static final int CGROUP = 1 + MemoryEvent.CGROUP_ID_OFFSET / Long.BYTES;
    private static final int START = 1 + MemoryEvent.START_BOOT_NANOS_OFFSET / Long.BYTES;
    private static final int TGID = 1 + MemoryEvent.TGID_OFFSET / Long.BYTES;

    private static final int PROCESS_SHIFT = 2;
    private static final int PROCESS_WIDTH = 1 << PROCESS_SHIFT;
    private static final int PROCESS_IDENTITY = 1;
    private static final int PROCESS_CGROUP = 2;
    private static final int PROCESS_STATE = 3;

    // Identity: tgid, head's index, generation of the exec (where the record has it). A head is never 0, so that the
    // word tells
    // a row that is used.
    private static final int HEAD_SHIFT = 32;
    private static final long HEAD_MASK = 0xFF_FFFFL;
    private static final long GENERATION_MASK = 0xFFL << MemoryEvent.GENERATION_SHIFT;

    // State: that of the last record that had a total_vm. A failed call's has none.
    private static final long NO_STATE = 1L << MemoryEvent.FAILED_SHIFT;

    private static final int HEAD_PAGES = 2;
    private static final int PAIR_WIDTH = 2;
    private static final int HEAD_WIDTH = HEAD_PAGES + PAIR_WIDTH * MemoryCounters.SERIES;

    private static final byte[] PAIR_BY_OPERATION = Operation.table(HEAD_PAGES, PAIR_WIDTH);

    private final TableCapacity maximum;
    private TableCapacity capacity;
    private long[] memory;
    private int hashShift;
    private int slotsEnd;
    private int processCount;
    private int overflowHead;
    private int cgroupCount;
    private long untrackedRecords;
    private long unknownRecords;
    private long drainedPosition;
    private CgroupIndex cgroups;
    private final SizeCounts sizes;
    private final FailureRows failures = new FailureRows();

    /** Of the request that this hand-over answers; written and read by {@link SnapshotHandover} only. */
    long answeredRequest;

    /** Tables that begin small and grow to {@link TableCapacity#MAXIMUM}. */
    public MemoryTables() {
        this(TableCapacity.INITIAL, TableCapacity.MAXIMUM);
    }

    /** Tables that hold {@code initial} at first and never more than {@code maximum}. */
    public MemoryTables(TableCapacity initial, TableCapacity maximum) {
        this(initial, maximum, 1L << 31);
    }

    MemoryTables(TableCapacity initial, TableCapacity maximum, long spillAfter) {
        this.maximum = maximum;
        sizes = new SizeCounts(initial.chunks() + TableCapacity.OVERFLOW_CHUNKS, spillAfter);
        allocate(initial);
    }

    /**
     * Counts the calls of some records, in their order. Writer thread.
     *
     * @param words {@link #RECORD_WIDTH} for each record; they are overwritten
     * @param end of the last record
     */
    public void add(long[] words, int end) {
        for (int next = 0; (next = findKnown(words, next, end)) < end; next += RECORD_WIDTH) {
            findOther(words, next);
        }
        for (int next = 0; (next = addKnown(words, next, end)) < end; next += RECORD_WIDTH) {
            addOther(words, next);
        }
        sizes.count(words, end, RECORD_WIDTH);
    }

    // The loops call nothing: with a call in it, however seldom made, a loop keeps its variables in memory. What is
    // seldom ends
    // the loop and is done outside. And they are three, because the tables are larger than the nearest caches: a short
    // loop
    // has the look-ups of many records under way at once.

    /** Sets the process's state and puts the head in the place of the cgroup id; up to what {@link #findOther} is for. */
    private int findKnown(long[] words, int begin, int end) {
        long[] memory = this.memory;
        int shift = hashShift;
        int mask = slotsEnd - 1;
        for (int i = begin; i < end; i += RECORD_WIDTH) {
            long start = words[i + START];
            int tgid = (int) words[i + TGID];
            long state = words[i + STATE];
            int process = home(start, tgid, shift);
            while (memory[process] != start || (int) memory[process + PROCESS_IDENTITY] != tgid) {
                if (memory[process + PROCESS_IDENTITY] == 0) {
                    return i;
                }
                process = process + PROCESS_WIDTH & mask;
            }
            long identity = memory[process + PROCESS_IDENTITY];
            if (memory[process + PROCESS_CGROUP] != words[i + CGROUP]
                    || MemoryEvent.generation(identity ^ words[i + WHAT]) != 0
                    || MemoryEvent.isFailed(state)) {
                return i;
            }
            memory[process + PROCESS_STATE] = state;
            words[i + CGROUP] = identity >>> HEAD_SHIFT & HEAD_MASK;
        }
        return end;
    }

    /** Adds the pages and puts the count's index in the place of the header; up to what {@link #addOther} is for. */
    private int addKnown(long[] words, int begin, int end) {
        long[] memory = this.memory;
        byte[] pairByOperation = PAIR_BY_OPERATION;
        for (int i = begin; i < end; i += RECORD_WIDTH) {
            long what = words[i + WHAT];
            int offset = pairByOperation[Operation.of(what, words[i + STATE])];
            int pair = (int) words[i + CGROUP] + offset;
            long pages = MemoryEvent.pages(what);
            int sizeClass = MemoryCounters.sizeClass(pages);
            int chunk = SizeCounts.chunk(memory[pair + 1], sizeClass);
            // What is no series has no pair, and in its place no chunk.
            if (chunk == SizeCounts.NO_CHUNK) {
                return i;
            }
            memory[pair] += pages;
            words[i] = SizeCounts.index(chunk, sizeClass);
        }
        return end;
    }

    private static int home(long start, int tgid, int shift) {
        return (int) (((start ^ (long) tgid << 40) * GOLDEN) >>> shift) << PROCESS_SHIFT;
    }

    // The process is new, has moved or has a new address space, or the call failed and says nothing of that.
    private void findOther(long[] words, int i) {
        long start = words[i + START];
        int tgid = (int) words[i + TGID];
        long state = words[i + STATE];
        int process = home(start, tgid, hashShift);
        while (memory[process] != start || (int) memory[process + PROCESS_IDENTITY] != tgid) {
            if (memory[process + PROCESS_IDENTITY] == 0) {
                process = newProcess(process, start);
                break;
            }
            process = process + PROCESS_WIDTH & slotsEnd - 1;
        }
        long head = head(words[i + CGROUP]);
        long generation = words[i + WHAT] & GENERATION_MASK;
        boolean sameSpace = (memory[process + PROCESS_IDENTITY] & GENERATION_MASK) == generation;
        memory[process + PROCESS_IDENTITY] = generation | head << HEAD_SHIFT | (tgid & 0xFFFF_FFFFL);
        memory[process + PROCESS_CGROUP] = words[i + CGROUP];
        if (!MemoryEvent.isFailed(state) || !sameSpace) {
            memory[process + PROCESS_STATE] = state;
        }
        words[i + CGROUP] = head;
    }

    private int newProcess(int at, long start) {
        if (processCount == capacity.processes()) {
            untrackedRecords++;
            // Behind the slots lies the row of those who found none.
            return slotsEnd;
        }
        processCount++;
        memory[at] = start;
        memory[at + PROCESS_STATE] = NO_STATE;
        return at;
    }

    private int head(long cgroupId) {
        int known = cgroups.get(cgroupId);
        if (known != 0) {
            return known;
        }
        if (cgroupCount == capacity.cgroups() || cgroupId == OVERFLOW_CGROUP_ID) {
            return overflowHead;
        }
        int head = overflowHead + ++cgroupCount * HEAD_WIDTH;
        cgroups.put(cgroupId, head);
        memory[head] = cgroupId;
        return head;
    }

    // A failure, the first call of its size class and fifteen others, or what no program writes.
    private void addOther(long[] words, int i) {
        long what = words[i + WHAT];
        long state = words[i + STATE];
        int head = (int) words[i + CGROUP];
        int offset = PAIR_BY_OPERATION[Operation.of(what, state)];
        words[i] = SizeCounts.NO_CHUNK;
        if (offset != 0) {
            addFirst(words, i, head, offset);
        } else if (MemoryEvent.isFailed(state) && MemoryEvent.call(what) < MemoryCounters.CALLS) {
            int row = head == overflowHead ? FailureRows.OVERFLOW : head;
            failures.add(row, MemoryEvent.call(what), MemoryEvent.value(state));
        } else {
            unknownRecords++;
        }
    }

    private void addFirst(long[] words, int i, int head, int offset) {
        long pages = MemoryEvent.pages(words[i + WHAT]);
        int sizeClass = MemoryCounters.sizeClass(pages);
        int pair = head + offset;
        memory[pair + 1] = sizes.take(memory[pair + 1], sizeClass);
        if (SizeCounts.chunk(memory[pair + 1], sizeClass) == SizeCounts.NO_CHUNK) {
            pair = overflowHead + offset;
        }
        memory[pair] += pages;
        words[i] = SizeCounts.index(SizeCounts.chunk(memory[pair + 1], sizeClass), sizeClass);
    }

    /** Whether there will soon be no room; a reason to hand over without being asked. Writer thread. */
    boolean isPressed() {
        return processCount > capacity.processes() / 8 * 7
                || cgroupCount > capacity.cgroups() / 8 * 7
                || sizes.used() - TableCapacity.OVERFLOW_CHUNKS > capacity.chunks() / 8 * 7
                || failures.isPressed();
    }

    /** Notes that every record of the ring below this position has been added to these tables or to earlier ones. */
    public void drainedTo(long position) {
        drainedPosition = position;
    }

    /** As noted last. */
    long drainedPosition() {
        return drainedPosition;
    }

    /** Successful calls whose process found no room, so that their total_vm was not kept. */
    public long untrackedRecords() {
        return untrackedRecords;
    }

    /** Records with a call or a kind that is not known: only their process's total_vm was taken. */
    public long unknownRecords() {
        return unknownRecords;
    }

    /** Shows everything that is not zero, the cgroups before the processes; overflow as {@link #OVERFLOW_CGROUP_ID}. */
    void accept(TableVisitor visitor) {
        for (int head = overflowHead; head <= overflowHead + cgroupCount * HEAD_WIDTH; head += HEAD_WIDTH) {
            for (int series = 0; series < MemoryCounters.SERIES; series++) {
                int pair = head + HEAD_PAGES + series * PAIR_WIDTH;
                if (memory[pair] != 0) {
                    visitor.onPages(memory[head], series, memory[pair]);
                }
                acceptCalls(visitor, memory[head], series, memory[pair + 1]);
            }
        }
        failures.forEach((row, call, errno, count) ->
                visitor.onFailures(memory[row == FailureRows.OVERFLOW ? overflowHead : row], call, errno, count));
        for (int at = 0; at < slotsEnd; at += PROCESS_WIDTH) {
            long identity = memory[at + PROCESS_IDENTITY];
            long state = memory[at + PROCESS_STATE];
            if (identity != 0 && !MemoryEvent.isFailed(state)) {
                visitor.onProcess(
                        (int) identity,
                        memory[at],
                        memory[(int) (identity >>> HEAD_SHIFT & HEAD_MASK)],
                        MemoryEvent.generation(identity),
                        MemoryEvent.value(state));
            }
        }
    }

    private void acceptCalls(TableVisitor visitor, long cgroupId, int series, long chunks) {
        for (int sizeClass = 0; sizeClass < MemoryCounters.SIZE_CLASSES; sizeClass++) {
            int chunk = SizeCounts.chunk(chunks, sizeClass);
            long count = chunk == SizeCounts.NO_CHUNK ? 0 : sizes.get(SizeCounts.index(chunk, sizeClass));
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
            Arrays.fill(memory, 0, overflowHead + (cgroupCount + 1) * HEAD_WIDTH, 0);
            cgroups.clear();
            reset();
        }
    }

    private void allocate(TableCapacity capacity) {
        this.capacity = capacity;
        int slots = TableCapacity.slots(capacity.processes());
        hashShift = 64 - Integer.numberOfTrailingZeros(slots);
        slotsEnd = slots << PROCESS_SHIFT;
        overflowHead = slotsEnd + PROCESS_WIDTH;
        memory = new long[overflowHead + (capacity.cgroups() + 1) * HEAD_WIDTH];
        cgroups = new CgroupIndex(capacity.cgroups());
        reset();
    }

    private void reset() {
        processCount = 0;
        cgroupCount = 0;
        untrackedRecords = 0;
        unknownRecords = 0;
        failures.clear();
        sizes.clear(capacity.chunks() + TableCapacity.OVERFLOW_CHUNKS);
        memory[overflowHead] = OVERFLOW_CGROUP_ID;
        // The overflow never asks for a chunk: it has one for every size of every series.
        for (int series = 0; series < MemoryCounters.SERIES; series++) {
            int pair = overflowHead + HEAD_PAGES + series * PAIR_WIDTH;
            for (int sizeClass = 0; sizeClass < MemoryCounters.SIZE_CLASSES; sizeClass += 16) {
                memory[pair + 1] = sizes.take(memory[pair + 1], sizeClass);
            }
        }
    }
}
