// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the fuzzers of ELF readers begin with: files of a kilobyte that have every table which is read. */
public final class ElfSeeds {
    private static final int SEGMENTS = 6;
    private static final int TAGS = 24;
    private static final String STRINGS =
            "\0liba.so\0/a:$ORIGIN/b\0V_1\0wanted\0offered\0__stack_chk_fail\0libself.so\0";

    private static final int VERSION = STRINGS.indexOf("V_1");

    private final boolean wide;
    private final ByteBuffer file;
    private final int word;
    private int tags;
    private int segments;

    private ElfSeeds(boolean wide, boolean little) {
        this(wide, ByteBuffer.allocate(2048).order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN));
    }

    private ElfSeeds(boolean wide, ByteBuffer file) {
        this.wide = wide;
        this.word = wide ? 8 : 4;
        this.file = file;
    }

    /** For both word sizes and byte orders, by both kinds of hash table, and cut where it hurts. */
    public static Stream<byte[]> all() {
        byte[] usual = program("/lib64/ld-linux-x86-64.so.2", true);
        return Stream.concat(
                atTheEndOfNumbers(usual),
                Stream.of(
                        usual,
                        program("/lib/ld-musl-x86_64.so.1", false),
                        library(true),
                        new ElfSeeds(true, false).bytes(22, 3, "/lib64/ld64.so.1", true),
                        new ElfSeeds(false, true).bytes(ElfFile.EM_386, 2, "/lib/ld-linux.so.2", false),
                        new ElfSeeds(false, false).bytes(20, 3, "/lib/ld.so.1", true),
                        new ElfImage().interpreter("/lib/ld-musl-x86_64.so.1").bytes(),
                        new ElfImage().type(2).bytes(),
                        Arrays.copyOf(usual, 64),
                        Arrays.copyOf(usual, 300),
                        Arrays.copyOf(usual, usual.length - 40),
                        new byte[] {0x7f, 'E', 'L', 'F'}));
    }

    // Where a sum of two of its numbers is negative: no mutation finds these.
    private static Stream<byte[]> atTheEndOfNumbers(byte[] usual) {
        return IntStream.range(0, SEGMENTS)
                .boxed()
                .flatMap(segment -> Stream.of(8, 16, 32).map(field -> {
                    byte[] file = usual.clone();
                    ByteBuffer.wrap(file)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(64 + 56 * segment + field, Long.MAX_VALUE - 15);
                    return file;
                }));
    }

    /** A program for x86-64. */
    public static byte[] program(String interpreter, boolean gnuHash) {
        return new ElfSeeds(true, true).bytes(ElfFile.EM_X86_64, 3, interpreter, gnuHash);
    }

    /** A program for x86-64 that needs so many libraries, liba0.so and so on, and looks for them in a path: larger than a seed. */
    public static byte[] program(String interpreter, int libraries, String runpath) {
        StringBuilder strings = new StringBuilder("\0").append(runpath).append('\0');
        int dynamic = 64 + 56 * 3;
        int at = dynamic + 16 * (libraries + 4);
        ByteBuffer tags = ByteBuffer.allocate(at).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < libraries; i++) {
            tags.putLong(dynamic + 16 * i, 1).putLong(dynamic + 16 * i + 8, strings.length());
            strings.append("liba").append(i).append(".so\0");
        }
        int name = at + strings.length();
        strings.append(interpreter).append('\0');
        long[] others = {29, 1, 5, at, 10, strings.length()};
        for (int i = 0; i < others.length; i++) {
            tags.putLong(dynamic + 16 * libraries + 8 * i, others[i]);
        }
        byte[] file = Arrays.copyOf(tags.array(), at + strings.length());
        System.arraycopy(strings.toString().getBytes(StandardCharsets.ISO_8859_1), 0, file, at, strings.length());
        ElfSeeds image = new ElfSeeds(true, ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
        image.header(ElfFile.EM_X86_64, 3, 3);
        image.segment(1, 0, file.length);
        image.segment(2, dynamic, 16 * (libraries + 4));
        image.segment(3, name, interpreter.length() + 1);
        return file;
    }

    /** A linker cache with one library for x86-64. */
    public static byte[] cache(String name, String path) {
        return LibrarySearchTest.cache(0x0303, name, path);
    }

    /** A library for x86-64. */
    public static byte[] library(boolean gnuHash) {
        return new ElfSeeds(true, true).bytes(ElfFile.EM_X86_64, 3, null, gnuHash);
    }

    private byte[] bytes(int machine, int type, String interpreter, boolean gnuHash) {
        header(machine, type, SEGMENTS);
        int dynamic = (wide ? 64 : 52) + SEGMENTS * (wide ? 56 : 32);
        file.position(dynamic + TAGS * 2 * word);
        tag(dynamic, 6, symbols());
        tag(dynamic, gnuHash ? 0x6ffffef5 : 4, gnuHash ? gnuHash() : hash());
        int relocations = relocations();
        tag(dynamic, 7, relocations);
        tag(dynamic, 8, file.position() - relocations);
        tag(dynamic, 23, relocations);
        tag(dynamic, 2, file.position() - relocations);
        tag(dynamic, 20, 7);
        tag(dynamic, 0x6ffffffe, ints(0x10001, 1, 16, 0, 0, 0, VERSION, 0));
        tag(dynamic, 0x6fffffff, 1);
        tag(dynamic, 0x6ffffffc, ints(0, 0, 0, 20, 0, VERSION, 0));
        tag(dynamic, 0x6ffffffd, 1);
        int note = ints(4, 8, 4, 0, 0x61626364, 0x65666768);
        file.put(note + 12, new byte[] {'G', 'o', 0, 0});
        tag(dynamic, 5, file.position());
        tag(dynamic, 10, STRINGS.length());
        file.put(STRINGS.getBytes(StandardCharsets.ISO_8859_1));
        tag(dynamic, 1, STRINGS.indexOf("liba"));
        tag(dynamic, 14, STRINGS.indexOf("libself"));
        tag(dynamic, 29, STRINGS.indexOf("/a:"));
        tag(dynamic, 15, STRINGS.indexOf("/a:"));
        tag(dynamic, 30, 8);
        tag(dynamic, 0x6ffffffb, 1);
        segment(2, dynamic, (tags + 1) * 2 * word);
        segment(4, note, 24);
        segment(0x6474e551, 0, 0);
        segment(0x6474e552, dynamic, 16);
        if (interpreter != null) {
            int at = file.position();
            file.put((interpreter + "\0").getBytes(StandardCharsets.ISO_8859_1));
            segment(3, at, file.position() - at);
        }
        segment(1, 0, file.position());
        return Arrays.copyOf(file.array(), file.position());
    }

    private void header(int machine, int type, int segmentCount) {
        boolean little = file.order() == ByteOrder.LITTLE_ENDIAN;
        file.put(0, new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? 2 : 1), (byte) (little ? 1 : 2), 1});
        file.putShort(16, (short) type).putShort(18, (short) machine);
        if (wide) {
            file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) segmentCount);
        } else {
            file.putInt(28, 52).putShort(42, (short) 32).putShort(44, (short) segmentCount);
        }
    }

    private void segment(int type, int offset, int size) {
        int at = (wide ? 64 : 52) + segments++ * (wide ? 56 : 32);
        file.putInt(at, type);
        if (wide) {
            file.putLong(at + 8, offset)
                    .putLong(at + 16, offset)
                    .putLong(at + 32, size)
                    .putLong(at + 40, size);
        } else {
            file.putInt(at + 4, offset)
                    .putInt(at + 8, offset)
                    .putInt(at + 16, size)
                    .putInt(at + 20, size);
        }
    }

    private void tag(int dynamic, int tag, int value) {
        int at = dynamic + tags++ * 2 * word;
        if (wide) {
            file.putLong(at, tag).putLong(at + 8, value);
        } else {
            file.putInt(at, tag).putInt(at + 4, value);
        }
    }

    // The empty symbol, one that is wanted, one that is offered.
    private int symbols() {
        int at = file.position();
        int size = wide ? 24 : 16;
        for (int i = 1; i < 3; i++) {
            int symbol = at + i * size;
            file.putInt(symbol, STRINGS.indexOf(i == 1 ? "wanted" : "offered"));
            file.put(symbol + (wide ? 4 : 12), (byte) 0x12).putShort(symbol + (wide ? 6 : 14), (short) (i - 1));
        }
        file.position(at + 3 * size);
        return at;
    }

    private int hash() {
        return ints(1, 3, 1, 0, 2, 0);
    }

    private int gnuHash() {
        return wide ? ints(1, 2, 1, 0, -1, -1, 2, 1) : ints(1, 2, 1, 0, -1, 2, 1);
    }

    private int relocations() {
        int at = file.position();
        for (int i = 1; i < 3; i++) {
            if (wide) {
                file.putLong(0).putLong((long) i << 32 | 6).putLong(0);
            } else {
                file.putInt(0).putInt(i << 8 | 6).putInt(0);
            }
        }
        return at;
    }

    private int ints(int... values) {
        int at = file.position();
        for (int value : values) {
            file.putInt(value);
        }
        return at;
    }
}
