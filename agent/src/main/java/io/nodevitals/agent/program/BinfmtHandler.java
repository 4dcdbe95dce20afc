// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A binfmt_misc handler as its file below /proc/sys/fs/binfmt_misc shows it (Documentation/admin-guide/binfmt-misc.rst).
 *
 * @param interpreter its path, in the program's root unless {@link #isFixed}
 * @param flags such as "POCF"
 * @param magic bytes at {@code offset}; null when it goes by {@code extension}
 * @param mask as long as {@code magic}
 * @param extension without the dot; null when it goes by {@code magic}
 */
public record BinfmtHandler(
        String name,
        boolean enabled,
        String interpreter,
        String flags,
        int offset,
        byte @Nullable [] magic,
        byte[] mask,
        @Nullable String extension) {
    // BINPRM_BUF_SIZE: the kernel matches in a file's first 256 bytes.
    private static final int HEAD = 256;

    /** Null when the text is no handler's. */
    public static @Nullable BinfmtHandler parse(String name, String text) {
        boolean enabled = false;
        String interpreter = null;
        String flags = "";
        String extension = null;
        int offset = 0;
        byte[] magic = null;
        byte[] mask = null;
        try {
            for (String line : text.split("\n", 64)) {
                int space = line.indexOf(' ');
                String key = space < 0 ? line : line.substring(0, space);
                String value = space < 0 ? "" : line.substring(space + 1);
                switch (key) {
                    case "enabled" -> enabled = true;
                    case "interpreter" -> interpreter = value;
                    case "flags:" -> flags = value.strip();
                    case "offset" -> offset = Integer.parseInt(value);
                    case "magic" -> magic = HexFormat.of().parseHex(value);
                    case "mask" -> mask = HexFormat.of().parseHex(value);
                    case "extension" -> extension = value.startsWith(".") ? value.substring(1) : value;
                    default -> {}
                }
            }
        } catch (IllegalArgumentException noNumber) {
            return null;
        }
        if (interpreter == null || (magic == null) == (extension == null) || offset < 0 || offset > HEAD) {
            return null;
        }
        if (magic != null && mask == null) {
            mask = new byte[magic.length];
            java.util.Arrays.fill(mask, (byte) 0xff);
        }
        return magic != null && mask != null && mask.length != magic.length
                ? null
                : new BinfmtHandler(
                        name, enabled, interpreter, flags, offset, magic, mask == null ? new byte[0] : mask, extension);
    }

    /** Its interpreter was opened when it was registered (F): no root needs to have it. */
    public boolean isFixed() {
        return flags.indexOf('F') >= 0;
    }

    /** Whether it would take a file. */
    public boolean matches(String path, byte[] head) {
        if (extension != null) {
            int dot = path.lastIndexOf('.');
            return dot >= 0 && path.substring(dot + 1).equals(extension);
        }
        if (magic == null || offset + magic.length > HEAD) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            // Past the file's end the kernel's buffer is zero.
            byte found = offset + i < head.length ? head[offset + i] : 0;
            if (((found ^ magic[i]) & mask[i]) != 0) {
                return false;
            }
        }
        return true;
    }
}
