// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private static final int MAX_ENTRIES = 200_000;
    private static final long EXTENSION_BIT = 1L << 62;
    private static final int EXTENSION_MAGIC = 0xeaa42174;
    private static final int TAG_GLIBC_HWCAPS = 1;

    private final Map<String, List<Entry>> entries = new HashMap<>();

    private LinkerCache() {}

    List<Entry> find(String name) {
        return entries.getOrDefault(name, List.of());
    }

    int size() {
        return entries.size();
    }

    static LinkerCache parse(byte[] file) {
        LinkerCache cache = new LinkerCache();
        int start = startOf(file);
        if (start >= 0) {
            cache.fill(ByteBuffer.wrap(file, start, file.length - start).slice().order(ByteOrder.LITTLE_ENDIAN));
        }
        return cache;
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

    private void fill(ByteBuffer cache) {
        if (cache.limit() < HEADER) {
            return;
        }
        // Byte 28: 3 is a big-endian cache, which this loader would not use either.
        if ((cache.get(28) & 3) == 3) {
            cache.order(ByteOrder.BIG_ENDIAN);
        }
        long count = Integer.toUnsignedLong(cache.getInt(20));
        if (count > MAX_ENTRIES || HEADER + count * ENTRY > cache.limit()) {
            return;
        }
        List<String> levels = levels(cache);
        for (int at = HEADER; at < HEADER + count * ENTRY; at += ENTRY) {
            String name = string(cache, Integer.toUnsignedLong(cache.getInt(at + 4)));
            String path = string(cache, Integer.toUnsignedLong(cache.getInt(at + 8)));
            long capabilities = cache.getLong(at + 16);
            String level = null;
            if ((capabilities & EXTENSION_BIT) != 0) {
                int index = (int) capabilities;
                level = index >= 0 && index < levels.size() ? levels.get(index) : "unknown";
            } else if (capabilities != 0) {
                level = "legacy";
            }
            if (name != null && path != null) {
                entries.computeIfAbsent(name, key -> new ArrayList<>()).add(new Entry(cache.getInt(at), path, level));
            }
        }
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
