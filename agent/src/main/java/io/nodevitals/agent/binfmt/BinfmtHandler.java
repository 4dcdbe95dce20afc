// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One handler of binfmt_misc, as its file below /proc/sys/fs/binfmt_misc tells it (fs/binfmt_misc.c, entry_status).
 *
 * @param name of the handler and its file
 * @param enabled whether the kernel asks it
 * @param interpreter what it starts
 * @param flags any of P, O, C and F; with F the interpreter was opened at registration, so a container need not have it
 * @param extension of the files that it is for; null for one that goes by magic bytes
 * @param offset of the magic bytes
 * @param magic in hex, null for one that goes by extension
 * @param mask in hex, null when every bit counts
 */
public record BinfmtHandler(
        String name,
        boolean enabled,
        String interpreter,
        String flags,
        @Nullable String extension,
        int offset,
        @Nullable String magic,
        @Nullable String mask) {
    /** The kernel looks at so many of a file's first bytes (BINPRM_BUF_SIZE). */
    private static final int HEAD_BYTES = 256;

    /** MAX_REGISTER_LENGTH of fs/binfmt_misc.c. */
    static final int MAX_REGISTRATION = 1920;

    private static final String DELIMITERS = ":;,|%";

    /** From a handler's file; null when it is not of that form. */
    public static @Nullable BinfmtHandler parse(String name, String text) {
        Map<String, String> fields = new TreeMap<>();
        String[] lines = text.split("\n", -1);
        for (String line : lines) {
            int space = line.indexOf(' ');
            if (space > 0) {
                String key = line.substring(0, space);
                fields.put(key.endsWith(":") ? key.substring(0, key.length() - 1) : key, line.substring(space + 1));
            }
        }
        String interpreter = fields.get("interpreter");
        String magic = fields.get("magic");
        String extension = fields.get("extension");
        boolean byMagic = extension == null && isHex(magic);
        String flags = fields.getOrDefault("flags", "").strip();
        if (interpreter == null || (extension == null && !byMagic) || !flags.matches("[A-Za-z]*")) {
            return null;
        }
        String mask = byMagic ? fields.get("mask") : null;
        return new BinfmtHandler(
                name,
                lines[0].equals("enabled"),
                interpreter,
                flags,
                extension == null ? null : extension.startsWith(".") ? extension.substring(1) : extension,
                byMagic ? number(fields.get("offset")) : 0,
                byMagic ? magic : null,
                isHex(mask) ? mask : null);
    }

    /**
     * Whether the kernel would give a file to this handler, were it there and enabled (search_binfmt_handler).
     *
     * @param head the file's first bytes
     * @param path as it was given to exec
     */
    public boolean matches(byte[] head, String path) {
        if (extension != null) {
            int dot = path.lastIndexOf('.');
            return dot >= 0 && path.substring(dot + 1).equals(extension);
        }
        byte[] wanted = HexFormat.of().parseHex(magic == null ? "" : magic);
        byte[] counted = mask == null ? null : HexFormat.of().parseHex(mask);
        if (wanted.length == 0 || offset + wanted.length > HEAD_BYTES) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            // The kernel's copy of a shorter file is filled with zeros.
            int given = offset + i < head.length ? head[offset + i] : 0;
            int bits = counted == null || i >= counted.length ? 0xff : counted[i];
            if (((given ^ wanted[i]) & bits) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * What makes this handler when it is written to the file {@code register} (Documentation/admin-guide/binfmt-misc.rst); null when it
     * cannot be said so that the kernel would take it.
     */
    public @Nullable String registration() {
        String key = extension == null ? escaped(magic) : extension;
        String significant = extension == null && mask != null ? escaped(mask) : "";
        for (int i = 0; i < DELIMITERS.length(); i++) {
            char delimiter = DELIMITERS.charAt(i);
            if ((name + key + interpreter).indexOf(delimiter) < 0) {
                String d = String.valueOf(delimiter);
                String text = d
                        + name
                        + d
                        + (extension == null ? "M" : "E")
                        + d
                        + (extension == null && offset != 0 ? offset : "")
                        + d
                        + key
                        + d
                        + significant
                        + d
                        + interpreter
                        + d
                        + flags;
                return text.length() <= MAX_REGISTRATION ? text : null;
            }
        }
        return null;
    }

    /** Whether the other does the same, enabled or not. */
    public boolean isSameAs(BinfmtHandler other) {
        return withEnabled(true).equals(other.withEnabled(true));
    }

    BinfmtHandler withEnabled(boolean on) {
        return new BinfmtHandler(name, on, interpreter, flags, extension, offset, magic, mask);
    }

    private static String escaped(@Nullable String hex) {
        return hex == null ? "" : hex.replaceAll("(..)", "\\\\x$1");
    }

    private static boolean isHex(@Nullable String text) {
        return text != null && text.length() % 2 == 0 && text.matches("[0-9a-f]{2,512}");
    }

    private static int number(@Nullable String text) {
        return text != null && text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
    }
}
