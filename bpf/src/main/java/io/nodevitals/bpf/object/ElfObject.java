// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sections and symbols of a compiled BPF object: which programs it has, and where its knobs lie in {@code .rodata}.
 *
 * <p>64-bit little-endian ELF as clang writes it for {@code -target bpf} (ELF-64 Object File Format 1.5). Immutable.
 */
final class ElfObject {
    private static final int HEADER_BYTES = 64;
    private static final int SECTION_BYTES = 64;
    private static final int SYMBOL_BYTES = 24;
    private static final int EM_BPF = 247;
    private static final int SHT_SYMTAB = 2;
    private static final int SHT_NOBITS = 8;
    private static final long SHF_EXECINSTR = 4;
    private static final int STT_OBJECT = 1;
    private static final int STT_FUNC = 2;
    private static final int STB_LOCAL = 0;

    /** A symbol: {@code section} is the name of the section that it lies in, {@code offset} counts from that section's start. */
    record Symbol(String name, String section, long offset, long sizeBytes) {}

    private record Section(String name, int type, long flags, long offset, long sizeBytes, int link) {}

    private final ByteBuffer elf;
    private final List<Symbol> programs = new ArrayList<>();
    private final List<Symbol> variables = new ArrayList<>();

    private ElfObject(byte[] image) {
        elf = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Parses an object.
     *
     * @throws IllegalArgumentException when it is not a whole BPF ELF object
     */
    static ElfObject parse(byte[] image) {
        try {
            ElfObject object = new ElfObject(image);
            object.read();
            return object;
        } catch (IndexOutOfBoundsException exception) {
            throw new IllegalArgumentException("truncated ELF object: bytes=" + image.length, exception);
        }
    }

    /** Programs in the order of the symbol table: global functions outside {@code .text}, which holds subprograms. */
    List<Symbol> programs() {
        return List.copyOf(programs);
    }

    /** A global variable of a section such as {@code .rodata}. */
    Optional<Symbol> variable(String section, String name) {
        return variables.stream()
                .filter(symbol ->
                        symbol.section().equals(section) && symbol.name().equals(name))
                .findFirst();
    }

    private void read() {
        if (elf.limit() < HEADER_BYTES || elf.getInt(0) != 0x464c457f || elf.get(4) != 2 || elf.get(5) != 1) {
            throw new IllegalArgumentException("not a 64-bit little-endian ELF file: bytes=" + elf.limit());
        }
        int machine = Short.toUnsignedInt(elf.getShort(18));
        if (machine != EM_BPF) {
            throw new IllegalArgumentException("not a BPF object: e_machine=" + machine);
        }
        List<Section> sections = readSections();
        for (Section section : sections) {
            if (section.type() == SHT_SYMTAB) {
                readSymbols(section, sections);
            }
        }
    }

    private List<Section> readSections() {
        long table = elf.getLong(40);
        int count = Short.toUnsignedInt(elf.getShort(60));
        int names = Short.toUnsignedInt(elf.getShort(62));
        long nameTable = elf.getLong(index(table + (long) names * SECTION_BYTES + 24));
        if (index(table + (long) count * SECTION_BYTES) > elf.limit()) {
            throw new IndexOutOfBoundsException("sectionHeaders=" + count + " at=" + table);
        }
        List<Section> sections = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int at = index(table + (long) i * SECTION_BYTES);
            sections.add(new Section(
                    string(nameTable + Integer.toUnsignedLong(elf.getInt(at))),
                    elf.getInt(at + 4),
                    elf.getLong(at + 8),
                    elf.getLong(at + 24),
                    elf.getLong(at + 32),
                    elf.getInt(at + 40)));
        }
        return sections;
    }

    private void readSymbols(Section table, List<Section> sections) {
        long strings = sections.get(table.link()).offset();
        for (long i = 0; i < table.sizeBytes() / SYMBOL_BYTES; i++) {
            int at = index(table.offset() + i * SYMBOL_BYTES);
            int info = Byte.toUnsignedInt(elf.get(at + 4));
            int sectionIndex = Short.toUnsignedInt(elf.getShort(at + 6));
            // 0 is undefined; from 0xff00 on are the reserved indexes.
            if (info >> 4 == STB_LOCAL || sectionIndex == 0 || sectionIndex >= sections.size()) {
                continue;
            }
            Section section = sections.get(sectionIndex);
            Symbol symbol = new Symbol(
                    string(strings + Integer.toUnsignedLong(elf.getInt(at))),
                    section.name(),
                    elf.getLong(at + 8),
                    elf.getLong(at + 16));
            int type = info & 0xf;
            if (type == STT_FUNC
                    && (section.flags() & SHF_EXECINSTR) != 0
                    && !section.name().equals(".text")) {
                programs.add(symbol);
            } else if (type == STT_OBJECT) {
                checkWithin(symbol, section);
                variables.add(symbol);
            }
        }
    }

    private void checkWithin(Symbol symbol, Section section) {
        boolean inSection = symbol.offset() >= 0
                && symbol.sizeBytes() >= 0
                && symbol.offset() <= section.sizeBytes() - symbol.sizeBytes();
        if (!inSection
                || (section.type() != SHT_NOBITS && index(section.offset() + section.sizeBytes()) > elf.limit())) {
            throw new IllegalArgumentException(
                    "symbol " + symbol.name() + " lies outside its section " + section.name());
        }
    }

    private String string(long offset) {
        int start = index(offset);
        int end = start;
        while (elf.get(end) != 0) {
            end++;
        }
        return new String(elf.array(), start, end - start, StandardCharsets.UTF_8);
    }

    private static int index(long offset) {
        if (offset < 0 || offset > Integer.MAX_VALUE) {
            throw new IndexOutOfBoundsException("offset=" + offset);
        }
        return (int) offset;
    }
}
