// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** /etc/ld.so.cache of a root that somebody else made. */
class LinkerCacheFuzzTest {
    @FuzzTest
    void aCacheIsSearchedOrEmpty(byte[] file) {
        LinkerCache cache = LinkerCache.parse(file);

        assertThat((long) cache.size() * 24).isLessThanOrEqualTo(file.length);
        find(cache, "libc.so.6");
        find(cache, "");
        // A name that stands in the file, if any does.
        find(cache, new String(Arrays.copyOf(file, Math.min(file.length, 12)), StandardCharsets.ISO_8859_1));
    }

    private static void find(LinkerCache cache, String name) {
        assertThat(cache.find(name))
                .hasSizeLessThanOrEqualTo(64)
                .allSatisfy(entry -> assertThat(entry.path().indexOf('\0')).isNegative());
    }
}
