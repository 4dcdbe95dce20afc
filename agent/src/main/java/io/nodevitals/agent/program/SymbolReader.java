// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads dynamic symbols: what a file offers, and what its relocations need from others. */
final class SymbolReader {
    private static final long DT_HASH = 4;
    private static final long DT_GNU_HASH = 0x6ffffef5L;
    private static final int MAX_SYMBOLS = 250_000;
    private static final int MAX_RELOCATIONS = 64 << 20;
    private static final int CHUNK = 1 << 16;
    private static final int EM_MIPS = 8;

    private static final int STB_GLOBAL = 1;
    private static final int STB_WEAK = 2;
    private static final int STB_GNU_UNIQUE = 10;

    private final DynamicReader file;
    private final boolean wide;
    private final boolean mips;
    private long[] defined = {};
    private final Set<String> atStart = new LinkedHashSet<>();
    private final Set<String> later = new LinkedHashSet<>();
    private ByteBuffer table = ByteBuffer.allocate(0);

    SymbolReader(DynamicReader file, boolean wide, int machine) {
        this.file = file;
        this.wide = wide;
        this.mips = machine == EM_MIPS;
    }

    SymbolNames defined() {
        return SymbolNames.of(defined);
    }

    List<String> wantedAtStart() {
        return List.copyOf(atStart);
    }

    List<String> wantedLater() {
        return List.copyOf(later);
    }

    void readDefined(long symbols, Map<Long, Long> dynamic) throws BrokenElfException {
        int count = count(dynamic);
        int entry = wide ? 24 : 16;
        table = file.wrap(file.at(symbols, count * entry, "symbol table"));
        defined = new long[count];
        int found = 0;
        for (int i = 1; i < count; i++) {
            int bind = info(i) >> 4 & 15;
            if (section(i) != 0 && (bind == STB_GLOBAL || bind == STB_WEAK || bind == STB_GNU_UNIQUE)) {
                defined[found++] = file.hash(Integer.toUnsignedLong(table.getInt(i * entry)));
            }
        }
        defined = Arrays.copyOf(defined, found);
    }

    void readWanted(long symbols, long relocations, long size, boolean addend, boolean now) throws BrokenElfException {
        if (relocations == 0 || size == 0 || mips) {
            return;
        }
        int total = file.bounded(size, MAX_RELOCATIONS, "relocation table");
        int entry = (wide ? 16 : 8) + (addend ? wide ? 8 : 4 : 0);
        int chunk = CHUNK / entry * entry;
        BitSet seen = new BitSet();
        for (int done = 0; done < total; done += chunk) {
            int length = Math.min(chunk, total - done) / entry * entry;
            ByteBuffer part = file.wrap(file.at(relocations + done, length, "relocation table"));
            for (int at = 0; at < length; at += entry) {
                long info = wide ? part.getLong(at + 8) : Integer.toUnsignedLong(part.getInt(at + 4));
                int symbol = (int) (wide ? info >>> 32 : info >>> 8);
                if (symbol < 0 || symbol > MAX_SYMBOLS) {
                    throw new BrokenElfException("has a relocation for symbol " + Integer.toUnsignedLong(symbol));
                }
                if (symbol != 0 && !seen.get(symbol)) {
                    seen.set(symbol);
                    want(symbols, symbol, now);
                }
            }
        }
    }

    private void want(long symbols, int index, boolean now) throws BrokenElfException {
        int entry = wide ? 24 : 16;
        // DT_GNU_HASH counts no further than the last defined symbol: undefined ones alone make a table of unknown
        // length.
        ByteBuffer symbol = (index + 1) * entry <= table.limit()
                ? table.duplicate()
                        .order(table.order())
                        .position(index * entry)
                        .slice()
                        .order(table.order())
                : file.wrap(file.at(symbols + (long) index * entry, entry, "symbol table"));
        int bind = symbol.get(wide ? 4 : 12) >> 4 & 15;
        int section = Short.toUnsignedInt(symbol.getShort(wide ? 6 : 14));
        if (section == 0 && bind == STB_GLOBAL) {
            (now ? atStart : later).add(file.string(Integer.toUnsignedLong(symbol.getInt(0))));
        }
    }

    private int count(Map<Long, Long> dynamic) throws BrokenElfException {
        Long hash = dynamic.get(DT_HASH);
        if (hash != null) {
            return checked(Integer.toUnsignedLong(
                    file.wrap(file.at(hash, 8, "hash table")).getInt(4)));
        }
        Long gnuHash = dynamic.get(DT_GNU_HASH);
        return gnuHash == null ? 0 : checked(countOfGnuHash(gnuHash));
    }

    private static int checked(long count) throws BrokenElfException {
        if (count > MAX_SYMBOLS) {
            throw new BrokenElfException("has " + count + " dynamic symbols");
        }
        return (int) count;
    }

    // The longest chain ends at the last symbol; the table itself does not say how many there are.
    private long countOfGnuHash(long address) throws BrokenElfException {
        ByteBuffer header = file.wrap(file.at(address, 16, "hash table"));
        int buckets = checked(Integer.toUnsignedLong(header.getInt(0)));
        long first = Integer.toUnsignedLong(header.getInt(4));
        int bloom = checked(Integer.toUnsignedLong(header.getInt(8)));
        long bucketsAt = address + 16 + (long) bloom * (wide ? 8 : 4);
        ByteBuffer bucket = file.wrap(file.at(bucketsAt, buckets * 4, "hash table"));
        long last = 0;
        for (int i = 0; i < buckets; i++) {
            last = Math.max(last, Integer.toUnsignedLong(bucket.getInt(i * 4)));
        }
        if (last < first) {
            return checked(first);
        }
        long chains = bucketsAt + (long) buckets * 4;
        while (last < MAX_SYMBOLS
                && (file.wrap(file.at(chains + (last - first) * 4, 4, "hash table"))
                                        .getInt(0)
                                & 1)
                        == 0) {
            last++;
        }
        return last + 1;
    }

    private int info(int index) {
        return table.get(index * (wide ? 24 : 16) + (wide ? 4 : 12));
    }

    private int section(int index) {
        return Short.toUnsignedInt(table.getShort(index * (wide ? 24 : 16) + (wide ? 6 : 14)));
    }
}
