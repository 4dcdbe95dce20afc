// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * /etc/ld.so.cache as glibc 2.2 and later write it (sysdeps/generic/dl-cache.h), the older format before it tolerated. What does not
 * hold together is left out, as the loader leaves out a cache that it cannot use.
 */
final class LinkerCache {
    /** A library by name: where, for which ABI, for which CPU level (null: any). */
    record Entry(int flags, String path, @Nullable String level) {}

    private static final byte[] MAGIC = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] OLD_MAGIC = "ld.so-1.7.0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int HEADER = 48;
    private static final int ENTRY = 24;
    private static final int MAX_ENTRIES = 100_000;
    private static final int MAX_SAME = 64;
    private static final long EXTENSION_BIT = 1L << 62;
    private static final int EXTENSION_MAGIC = 0xeaa42174;
    private static final int TAG_GLIBC_HWCAPS = 1;

    private final ByteBuffer cache;
    private final int count;
    private final List<String> levels;

    private LinkerCache(ByteBuffer cache, int count) {
        this.cache = cache;
        this.count = count;
        this.levels = count == 0 ? List.of() : levels(cache);
    }

    /** All entries of that name. The file's own bytes are searched: a copy in objects would be ten times as large. */
    List<Entry> find(String name) {
        List<Entry> found = new ArrayList<>();
        byte[] wanted = name.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < count; i++) {
            int at = HEADER + i * ENTRY;
            if (isNamed(Integer.toUnsignedLong(cache.getInt(at + 4)), wanted)) {
                String path = string(cache, Integer.toUnsignedLong(cache.getInt(at + 8)));
                if (path != null && found.size() < MAX_SAME) {
                    found.add(new Entry(cache.getInt(at), path, level(cache.getLong(at + 16))));
                }
            }
        }
        return found;
    }

    int size() {
        return count;
    }

    static LinkerCache parse(byte[] file) {
        int start = startOf(file);
        ByteBuffer cache = ByteBuffer.wrap(file, Math.max(start, 0), file.length - Math.max(start, 0))
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
        if (start < 0 || cache.limit() < HEADER) {
            return new LinkerCache(cache, 0);
        }
        // Byte 28: 3 is a big-endian cache, which this loader would not use either.
        if ((cache.get(28) & 3) == 3) {
            cache.order(ByteOrder.BIG_ENDIAN);
        }
        long count = Integer.toUnsignedLong(cache.getInt(20));
        boolean usable = count <= MAX_ENTRIES && HEADER + count * ENTRY <= cache.limit();
        return new LinkerCache(cache, usable ? (int) count : 0);
    }

    private boolean isNamed(long offset, byte[] name) {
        if (offset + name.length >= cache.limit()) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (cache.get((int) offset + i) != name[i]) {
                return false;
            }
        }
        return cache.get((int) offset + name.length) == 0;
    }

    private @Nullable String level(long capabilities) {
        if ((capabilities & EXTENSION_BIT) == 0) {
            return capabilities == 0 ? null : "legacy";
        }
        int index = (int) capabilities;
        return index >= 0 && index < levels.size() ? levels.get(index) : "unknown";
    }

    private static int startOf(byte[] file) {
        if (beginsWith(file, 0, MAGIC)) {
            return 0;
        }
        if (!beginsWith(file, 0, OLD_MAGIC) || file.length < 16) {
            return -1;
        }
        long count = Integer.toUnsignedLong(
                ByteBuffer.wrap(file).order(ByteOrder.nativeOrder()).getInt(12));
        long end = 16 + count * 12;
        for (long start = end; start <= end + 8; start += 4) {
            if (start < file.length && beginsWith(file, (int) start, MAGIC)) {
                return (int) start;
            }
        }
        return -1;
    }

    private static boolean beginsWith(byte[] file, int at, byte[] magic) {
        if (at + magic.length > file.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if (file[at + i] != magic[i]) {
                return false;
            }
        }
        return true;
    }

    private static List<String> levels(ByteBuffer cache) {
        List<String> levels = new ArrayList<>();
        long at = Integer.toUnsignedLong(cache.getInt(32));
        if (at == 0 || at + 8 > cache.limit() || cache.getInt((int) at) != EXTENSION_MAGIC) {
            return levels;
        }
        long count = Math.min(Integer.toUnsignedLong(cache.getInt((int) at + 4)), 64);
        for (long i = 0; i < count && at + 8 + (i + 1) * 16 <= cache.limit(); i++) {
            int section = (int) (at + 8 + i * 16);
            long offset = Integer.toUnsignedLong(cache.getInt(section + 8));
            long size = Math.min(Integer.toUnsignedLong(cache.getInt(section + 12)), 4096);
            if (cache.getInt(section) == TAG_GLIBC_HWCAPS && offset + size <= cache.limit()) {
                for (long name = offset; name + 4 <= offset + size; name += 4) {
                    String level = string(cache, Integer.toUnsignedLong(cache.getInt((int) name)));
                    levels.add(level == null ? "unknown" : level);
                }
            }
        }
        return levels;
    }

    private static @Nullable String string(ByteBuffer cache, long offset) {
        if (offset >= cache.limit()) {
            return null;
        }
        int end = (int) offset;
        while (end < cache.limit() && end - offset < 4096 && cache.get(end) != 0) {
            end++;
        }
        byte[] name = new byte[end - (int) offset];
        cache.duplicate().position((int) offset).get(name);
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
