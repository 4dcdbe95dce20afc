// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Spoils a good object in one place. */
final class ElfPatch {
    private ElfPatch() {}

    /** The object with every occurrence of a text replaced by one of the same length. */
    static byte[] replaceText(byte[] image, String from, String to) {
        if (from.length() != to.length()) {
            throw new IllegalArgumentException(from + " and " + to + " differ in length");
        }
        String text = new String(image, StandardCharsets.ISO_8859_1);
        if (!text.contains(from)) {
            throw new IllegalArgumentException("no " + from + " in the object");
        }
        return text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The object with the first instruction of a section replaced by {@code r0 = r9}, which no verifier lets pass. */
    static byte[] readUninitialisedRegister(byte[] image, String section) {
        byte[] spoiled = image.clone();
        ByteBuffer elf = ByteBuffer.wrap(spoiled).order(ByteOrder.LITTLE_ENDIAN);
        int table = (int) elf.getLong(40);
        int names = (int) elf.getLong(table + elf.getShort(62) * 64 + 24);
        for (int i = 0; i < elf.getShort(60); i++) {
            int header = table + i * 64;
            boolean program = elf.getInt(header + 4) == 1;
            if (program && name(spoiled, names + elf.getInt(header)).equals(section)) {
                elf.putLong((int) elf.getLong(header + 24), 0x90bfL);
                return spoiled;
            }
        }
        throw new IllegalArgumentException("no section " + section);
    }

    private static String name(byte[] image, int start) {
        int end = start;
        while (image[end] != 0) {
            end++;
        }
        return new String(image, start, end - start, StandardCharsets.US_ASCII);
    }
}
