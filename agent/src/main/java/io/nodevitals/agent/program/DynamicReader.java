// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.ElfFile.Segment;
import io.nodevitals.agent.program.SharedObject.VersionNeed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads PT_DYNAMIC and what it points to by way of PT_LOAD, as loaders do: section headers may be stripped (elf(5), the gABI and the
 * Linux Standard Base's chapter on symbol versions). One reader reads one file.
 */
final class DynamicReader {
    private static final int PT_LOAD = 1;
    private static final int PT_DYNAMIC = 2;

    private static final int DT_NEEDED = 1;
    private static final int DT_PLTRELSZ = 2;
    private static final int DT_STRTAB = 5;
    private static final int DT_SYMTAB = 6;
    private static final int DT_RELA = 7;
    private static final int DT_RELASZ = 8;
    private static final int DT_STRSZ = 10;
    private static final int DT_SONAME = 14;
    private static final int DT_RPATH = 15;
    private static final int DT_REL = 17;
    private static final int DT_RELSZ = 18;
    private static final int DT_PLTREL = 20;
    private static final int DT_JMPREL = 23;
    private static final int DT_BIND_NOW = 24;
    private static final int DT_RUNPATH = 29;
    private static final int DT_FLAGS = 30;
    private static final long DT_FLAGS_1 = 0x6ffffffbL;
    private static final long DT_VERDEF = 0x6ffffffcL;
    private static final long DT_VERDEFNUM = 0x6ffffffdL;
    private static final long DT_VERNEED = 0x6ffffffeL;
    private static final long DT_VERNEEDNUM = 0x6fffffffL;

    private static final long DF_BIND_NOW = 8;
    private static final long DF_1_NOW = 1;
    private static final long DF_1_NODEFLIB = 0x800;
    private static final long DF_1_PIE = 0x08000000;

    private static final int MAX_TAGS = 4096;
    private static final int MAX_NEEDED = 1024;
    private static final int MAX_STRINGS = 12 << 20;

    /** Characters of names that are kept of one file. */
    static final int MAX_NAMES = 4 << 20;

    /** Characters of names that are looked at: in a table without an end of its names each goes on to the last byte. */
    private static final long MAX_HASHED = 64 << 20;

    private static final int MAX_VERSIONS = 4096;

    private final ElfFile elf;
    private final FileBytes file;
    private final Map<Long, Long> values = new HashMap<>();
    private final List<Long> neededOffsets = new ArrayList<>();
    private byte[] strings = {};
    private long namesKept;
    private long namesHashed;

    DynamicReader(ElfFile elf, FileBytes file) {
        this.elf = elf;
        this.file = file;
    }

    /** Null when it has no dynamic section: a static program. */
    @Nullable
    SharedObject read() throws BrokenElfException {
        Segment dynamic = null;
        for (Segment segment : elf.segments()) {
            dynamic = segment.type() == PT_DYNAMIC ? segment : dynamic;
        }
        if (dynamic == null) {
            return null;
        }
        readTags(dynamic);
        strings = at(value(DT_STRTAB), bounded(value(DT_STRSZ), MAX_STRINGS, "string table"), "string table");
        List<String> needed = new ArrayList<>();
        for (long offset : neededOffsets) {
            needed.add(string(offset));
        }
        long flags = value(DT_FLAGS);
        long flags1 = value(DT_FLAGS_1);
        boolean now = (flags & DF_BIND_NOW) != 0 || (flags1 & DF_1_NOW) != 0 || values.containsKey((long) DT_BIND_NOW);
        SymbolReader symbols = readSymbols(now);
        return new SharedObject(
                List.copyOf(needed),
                named(DT_SONAME),
                named(DT_RPATH),
                named(DT_RUNPATH),
                now,
                (flags1 & DF_1_NODEFLIB) != 0,
                (flags1 & DF_1_PIE) != 0,
                readNeeds(),
                readDefinitions(),
                symbols.defined(),
                symbols.wantedAtStart(),
                symbols.wantedLater());
    }

    private SymbolReader readSymbols(boolean now) throws BrokenElfException {
        SymbolReader symbols = new SymbolReader(this, elf.wide(), elf.machine());
        if (values.containsKey((long) DT_SYMTAB)) {
            symbols.readDefined(value(DT_SYMTAB), values);
            symbols.readWanted(value(DT_SYMTAB), value(DT_RELA), value(DT_RELASZ), true, true);
            symbols.readWanted(value(DT_SYMTAB), value(DT_REL), value(DT_RELSZ), false, true);
            symbols.readWanted(
                    value(DT_SYMTAB), value(DT_JMPREL), value(DT_PLTRELSZ), value(DT_PLTREL) == DT_RELA, now);
        }
        return symbols;
    }

    private void readTags(Segment dynamic) throws BrokenElfException {
        int word = elf.wide() ? 8 : 4;
        int size = (int) Math.min(dynamic.fileSize(), (long) MAX_TAGS * 2 * word);
        ByteBuffer table = wrap(file.read(dynamic.offset(), Math.max(size, 0)));
        for (int at = 0; at + 2 * word <= table.limit(); at += 2 * word) {
            long tag = elf.wide() ? table.getLong(at) : table.getInt(at);
            long value = elf.wide() ? table.getLong(at + word) : Integer.toUnsignedLong(table.getInt(at + word));
            if (tag == 0) {
                return;
            }
            if (tag == DT_NEEDED) {
                if (neededOffsets.size() == MAX_NEEDED) {
                    throw new BrokenElfException("needs more than " + MAX_NEEDED + " libraries");
                }
                neededOffsets.add(value);
            } else {
                values.put(tag, value);
            }
        }
    }

    private List<VersionNeed> readNeeds() throws BrokenElfException {
        List<VersionNeed> needs = new ArrayList<>();
        long at = value(DT_VERNEED);
        long count = Math.min(value(DT_VERNEEDNUM), MAX_NEEDED);
        for (long i = 0; i < count && at != 0; i++) {
            ByteBuffer need = wrap(at(at, 16, "version needs"));
            String library = string(Integer.toUnsignedLong(need.getInt(4)));
            int versions = Short.toUnsignedInt(need.getShort(2));
            long entry = at + Integer.toUnsignedLong(need.getInt(8));
            for (int j = 0; j < versions && needs.size() < MAX_VERSIONS; j++) {
                ByteBuffer aux = wrap(at(entry, 16, "version needs"));
                boolean weak = (aux.getShort(4) & 2) != 0;
                needs.add(new VersionNeed(library, string(Integer.toUnsignedLong(aux.getInt(8))), weak));
                if (aux.getInt(12) == 0) {
                    break;
                }
                entry += Integer.toUnsignedLong(aux.getInt(12));
            }
            if (need.getInt(12) == 0) {
                break;
            }
            at += Integer.toUnsignedLong(need.getInt(12));
        }
        return List.copyOf(needs);
    }

    private @Nullable Set<String> readDefinitions() throws BrokenElfException {
        if (!values.containsKey(DT_VERDEF)) {
            return null;
        }
        Set<String> versions = new HashSet<>();
        long at = value(DT_VERDEF);
        long count = Math.min(value(DT_VERDEFNUM), MAX_VERSIONS);
        for (long i = 0; i < count; i++) {
            ByteBuffer definition = wrap(at(at, 20, "version definitions"));
            long name = at + Integer.toUnsignedLong(definition.getInt(12));
            versions.add(string(Integer.toUnsignedLong(
                    wrap(at(name, 8, "version definitions")).getInt(0))));
            if (definition.getInt(16) == 0) {
                break;
            }
            at += Integer.toUnsignedLong(definition.getInt(16));
        }
        return Set.copyOf(versions);
    }

    private @Nullable String named(int tag) throws BrokenElfException {
        Long offset = values.get((long) tag);
        return offset == null ? null : string(offset);
    }

    private long value(long tag) {
        return values.getOrDefault(tag, 0L);
    }

    String string(long offset) throws BrokenElfException {
        if (offset < 0 || offset >= strings.length) {
            throw new BrokenElfException("has a name outside its string table");
        }
        int end = endOf((int) offset);
        namesKept += end - offset;
        if (namesKept > MAX_NAMES) {
            throw new BrokenElfException("has names of more than " + MAX_NAMES + " bytes");
        }
        return new String(strings, (int) offset, end - (int) offset, StandardCharsets.ISO_8859_1);
    }

    long hash(long offset) throws BrokenElfException {
        if (offset < 0 || offset >= strings.length) {
            throw new BrokenElfException("has a name outside its string table");
        }
        int end = endOf((int) offset);
        namesHashed += end - offset;
        if (namesHashed > MAX_HASHED) {
            throw new BrokenElfException("has names of more than " + MAX_HASHED + " bytes");
        }
        return SymbolNames.hash(strings, (int) offset, end);
    }

    private int endOf(int from) {
        int end = from;
        while (end < strings.length && strings[end] != 0) {
            end++;
        }
        return end;
    }

    int bounded(long size, int limit, String what) throws BrokenElfException {
        if (size < 0 || size > limit) {
            throw new BrokenElfException("has a " + what + " of " + Long.toUnsignedString(size) + " bytes");
        }
        return (int) size;
    }

    /** Bytes at a virtual address: all of them, or the file is broken. */
    byte[] at(long address, int length, String what) throws BrokenElfException {
        for (Segment segment : elf.segments()) {
            long inside = address - segment.address();
            if (segment.type() == PT_LOAD && inside >= 0 && inside < segment.fileSize()) {
                long offset = segment.offset() + inside;
                byte[] found = offset < 0 ? new byte[0] : file.read(offset, length);
                if (found.length == length) {
                    return found;
                }
                break;
            }
        }
        if (length == 0) {
            return new byte[0];
        }
        throw new BrokenElfException("ends before its " + what);
    }

    ByteBuffer wrap(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(elf.littleEndian() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    }
}
