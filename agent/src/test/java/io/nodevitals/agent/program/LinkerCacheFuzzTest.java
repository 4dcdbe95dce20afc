// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** /etc/ld.so.cache of any root. */
class LinkerCacheFuzzTest {
    private static final int AT = 72;

    static Stream<byte[]> caches() {
        byte[] plain = LibrarySearchTest.cache(0x0303, "liba.so", "/x/liba.so");
        return Stream.of(
                plain,
                withLevel(plain),
                behindOldFormat(plain),
                bigEndian(plain),
                Arrays.copyOf(plain, AT),
                "glibc-ld.so.cache1.1".getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("caches")
    @FuzzTest(maxDuration = "10m")
    void aCacheGivesBoundedEntriesOrNone(byte[] file) {
        LinkerCache cache = LinkerCache.parse(file);

        // 24 bytes an entry: no more of them than there is room for.
        assertThat(cache.size()).isBetween(0, file.length / 24);
        for (String name : new String[] {"liba.so", "", "x", string(file, 48), string(file, AT)}) {
            List<LinkerCache.Entry> found = cache.find(name);
            assertThat(found).hasSizeLessThanOrEqualTo(Math.min(64, cache.size()));
            for (LinkerCache.Entry entry : found) {
                assertThat(entry.path()).doesNotContain("\0").hasSizeLessThanOrEqualTo(4096);
                assertThat(entry.level() == null ? "" : entry.level()).hasSizeLessThanOrEqualTo(4096);
                assertThat(LinkerCache.parse(LibrarySearchTest.cache(entry.flags(), name, entry.path()))
                                .find(name))
                        .containsExactly(new LinkerCache.Entry(entry.flags(), entry.path(), null));
            }
        }
    }

    /** A name that may be one of the file's. */
    private static String string(byte[] file, int from) {
        return from < file.length ? FileBytes.stringAt(file, from) : "";
    }

    // An extension that names one level, to which the entry belongs (cache_extension_tag_glibc_hwcaps).
    private static byte[] withLevel(byte[] plain) {
        byte[] file = Arrays.copyOf(plain, plain.length + 64);
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int extension = plain.length;
        bytes.putInt(32, extension).putLong(64, 1L << 62);
        bytes.putInt(extension, 0xeaa42174).putInt(extension + 4, 1);
        bytes.putInt(extension + 8, 1).putInt(extension + 16, extension + 24).putInt(extension + 20, 4);
        bytes.putInt(extension + 24, extension + 28);
        bytes.put(extension + 28, "x86-64-v3".getBytes(StandardCharsets.ISO_8859_1));
        return file;
    }

    private static byte[] behindOldFormat(byte[] plain) {
        return ByteBuffer.allocate(32 + plain.length)
                .order(ByteOrder.nativeOrder())
                .put("ld.so-1.7.0\0".getBytes(StandardCharsets.ISO_8859_1))
                .putInt(1)
                .position(32)
                .put(plain)
                .array();
    }

    private static byte[] bigEndian(byte[] plain) {
        byte[] file = plain.clone();
        ByteBuffer bytes = ByteBuffer.wrap(file);
        for (int at : new int[] {20, 24, 48, 52, 56}) {
            bytes.putInt(at, Integer.reverseBytes(bytes.getInt(at)));
        }
        file[28] = 3;
        return file;
    }
}
