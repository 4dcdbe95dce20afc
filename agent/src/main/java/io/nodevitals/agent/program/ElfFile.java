// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * As much of an ELF file as exec looks at before it loads it (elf(5), load_elf_binary in fs/binfmt_elf.c). Every number in it is
 * foreign: nothing is trusted, at most {@link #MAX_HEADERS} program headers are read.
 *
 * @param type {@code e_type}
 * @param machine {@code e_machine}
 * @param segments the program headers, in the file's order; empty when they could not be read
 * @param interpreter of PT_INTERP, raw Latin-1 chars; null when there is none or it could not be read
 * @param headersRead the program headers were all seen: without an interpreter it is a static program
 * @param defect what is wrong with it, completing "the file "; null when nothing is
 */
public record ElfFile(
        boolean wide,
        boolean littleEndian,
        int type,
        int machine,
        List<Segment> segments,
        @Nullable String interpreter,
        boolean headersRead,
        @Nullable String defect) {
    /** {@code e_machine}, as uname -m calls it in {@link #architecture()}. */
    public static final int EM_386 = 3;
    /** {@code e_machine}, as uname -m calls it in {@link #architecture()}. */
    public static final int EM_X86_64 = 62;
    /** {@code e_machine}, as uname -m calls it in {@link #architecture()}. */
    public static final int EM_AARCH64 = 183;

    /** The kernel reads at most 64 KiB of program headers; real files have about a dozen. */
    public static final int MAX_HEADERS = 64;

    private static final int IDENT = 16;
    /** A program at a fixed address. */
    public static final int ET_EXEC = 2;
    /** A library, or a program that can be put anywhere. */
    public static final int ET_DYN = 3;

    private static final int PT_LOAD = 1;
    private static final int PT_INTERP = 3;
    private static final int PATH_MAX = 4096;

    /**
     * A program header.
     *
     * @param type {@code p_type}, such as 1 for PT_LOAD
     * @param flags {@code p_flags}: 1 executable, 2 writable, 4 readable
     * @param offset in the file, in bytes
     * @param address virtual, before relocation
     * @param fileSize in bytes, unchecked
     * @param memorySize in bytes, unchecked
     */
    public record Segment(int type, int flags, long offset, long address, long fileSize, long memorySize) {}

    /** More of the file: bytes from an offset, empty past its end, null when nobody can look. */
    @FunctionalInterface
    public interface Bytes {
        byte @Nullable [] from(long offset);
    }

    /** Whether a file that begins so calls itself ELF. */
    public static boolean isElf(byte[] head) {
        return head.length >= 4 && head[0] == 0x7f && head[1] == 'E' && head[2] == 'L' && head[3] == 'F';
    }

    /**
     * Reads a file that {@link #isElf}.
     *
     * @param head its first bytes; what lies beyond is asked of {@code more}
     */
    public static ElfFile parse(byte[] head, Bytes more) {
        boolean wide = head.length > 4 && head[4] == 2;
        boolean little = head.length <= 5 || head[5] != 2;
        int headerSize = wide ? 64 : 52;
        if (head.length < IDENT + 4) {
            return new ElfFile(wide, little, 0, 0, List.of(), null, false, "ends inside its ELF header");
        }
        ByteBuffer header = ByteBuffer.wrap(head).order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int type = Short.toUnsignedInt(header.getShort(IDENT));
        int machine = Short.toUnsignedInt(header.getShort(IDENT + 2));
        if (head.length < headerSize) {
            return new ElfFile(wide, little, type, machine, List.of(), null, false, "ends inside its ELF header");
        }
        if ((head[4] != 1 && head[4] != 2) || (head[5] != 1 && head[5] != 2)) {
            return new ElfFile(
                    wide,
                    little,
                    type,
                    machine,
                    List.of(),
                    null,
                    false,
                    "has neither a 32-bit nor a 64-bit ELF header");
        }
        if (type != ET_EXEC && type != ET_DYN) {
            return new ElfFile(
                    wide,
                    little,
                    type,
                    machine,
                    List.of(),
                    null,
                    false,
                    "is an object or core file, no program (ELF type " + type + ")");
        }
        long offset = wide ? header.getLong(32) : Integer.toUnsignedLong(header.getInt(28));
        int size = Short.toUnsignedInt(header.getShort(wide ? 54 : 42));
        int count = Short.toUnsignedInt(header.getShort(wide ? 56 : 44));
        if (size != (wide ? 56 : 32) || count == 0) {
            return new ElfFile(wide, little, type, machine, List.of(), null, false, "has no usable program headers");
        }
        Layout layout = new Layout(head, more, header.order(), wide, type, new ArrayList<>());
        return layout.interpreter(machine, offset, Math.min(count, MAX_HEADERS));
    }

    /** Where the last byte that is loaded of it lies in the file, plus one; unsigned. */
    public long loadedEnd() {
        long end = 0;
        for (Segment segment : segments) {
            long last = segment.offset() + segment.fileSize();
            if (segment.type() == PT_LOAD && segment.fileSize() != 0 && Long.compareUnsigned(last, end) > 0) {
                end = last;
            }
        }
        return end;
    }

    /** Whether it has the CPU, word size and byte order of another. */
    public boolean isFor(ElfFile other) {
        return machine == other.machine && wide == other.wide && littleEndian == other.littleEndian;
    }

    /** What the CPU that it was built for is called. */
    public String architecture() {
        return architecture(machine, wide, littleEndian);
    }

    /** What the CPU of an e_machine is called, as uname -m does. */
    public static String architecture(int machine, boolean wide, boolean littleEndian) {
        return switch (machine) {
            case 2 -> "sparc";
            case EM_386 -> "i386";
            case 8 -> (wide ? "mips64" : "mips") + (littleEndian ? "el" : "");
            case 20 -> "ppc";
            case 21 -> littleEndian ? "ppc64le" : "ppc64";
            case 22 -> wide ? "s390x" : "s390";
            case 40 -> littleEndian ? "arm" : "armeb";
            case 43 -> "sparc64";
            case EM_X86_64 -> "x86_64";
            case EM_AARCH64 -> littleEndian ? "aarch64" : "aarch64_be";
            case 243 -> wide ? "riscv64" : "riscv32";
            case 258 -> wide ? "loongarch64" : "loongarch32";
            default -> "ELF machine " + machine;
        };
    }

    /** Finds the interpreter by way of the program headers. */
    private record Layout(byte[] head, Bytes more, ByteOrder order, boolean wide, int type, List<Segment> segments) {

        ElfFile interpreter(int machine, long tableOffset, int count) {
            int size = wide ? 56 : 32;
            byte[] table = bytes(tableOffset, count * size);
            if (table == null) {
                return file(machine, null, false, null);
            }
            if (table.length < count * size) {
                return file(machine, null, false, "ends before its program headers");
            }
            ByteBuffer headers = ByteBuffer.wrap(table).order(order);
            for (int at = 0; at < count * size; at += size) {
                segments.add(wide ? wideSegment(headers, at) : narrowSegment(headers, at));
            }
            for (Segment segment : segments) {
                if (segment.type() == PT_INTERP) {
                    return named(machine, segment.offset(), segment.fileSize());
                }
            }
            return file(machine, null, true, null);
        }

        private static Segment wideSegment(ByteBuffer headers, int at) {
            return new Segment(
                    headers.getInt(at),
                    headers.getInt(at + 4),
                    headers.getLong(at + 8),
                    headers.getLong(at + 16),
                    headers.getLong(at + 32),
                    headers.getLong(at + 40));
        }

        private static Segment narrowSegment(ByteBuffer headers, int at) {
            return new Segment(
                    headers.getInt(at),
                    headers.getInt(at + 24),
                    Integer.toUnsignedLong(headers.getInt(at + 4)),
                    Integer.toUnsignedLong(headers.getInt(at + 8)),
                    Integer.toUnsignedLong(headers.getInt(at + 16)),
                    Integer.toUnsignedLong(headers.getInt(at + 20)));
        }

        private ElfFile named(int machine, long offset, long length) {
            if (length < 2 || length > PATH_MAX || offset < 0) {
                return file(machine, null, false, "names its interpreter in " + length + " bytes");
            }
            byte[] name = bytes(offset, (int) length);
            if (name == null) {
                return file(machine, null, false, null);
            }
            if (name.length < length) {
                return file(machine, null, false, "ends before its interpreter's name");
            }
            if (name[(int) length - 1] != 0) {
                return file(machine, null, false, "has an interpreter name without an end");
            }
            int end = 0;
            while (name[end] != 0) {
                end++;
            }
            return file(machine, new String(name, 0, end, StandardCharsets.ISO_8859_1), true, null);
        }

        private ElfFile file(int machine, @Nullable String interpreter, boolean headersRead, @Nullable String defect) {
            return new ElfFile(
                    wide,
                    order == ByteOrder.LITTLE_ENDIAN,
                    type,
                    machine,
                    List.copyOf(segments),
                    interpreter,
                    headersRead,
                    defect);
        }

        private byte @Nullable [] bytes(long offset, int length) {
            if (offset >= 0 && offset + length >= 0 && offset + length <= head.length) {
                return Arrays.copyOfRange(head, (int) offset, (int) offset + length);
            }
            byte[] found = offset < 0 ? new byte[0] : more.from(offset);
            return found == null || found.length <= length ? found : Arrays.copyOf(found, length);
        }
    }
}
