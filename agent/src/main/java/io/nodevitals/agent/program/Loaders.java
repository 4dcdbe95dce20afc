// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which libc a dynamic loader belongs to, by the name that programs ask for it. */
public final class Loaders {
    private static final Map<String, String> MUSL_BY_GLIBC = Map.of(
            "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1",
            "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1",
            "/lib/ld-linux.so.2", "/lib/ld-musl-i386.so.1",
            "/lib/ld-linux-armhf.so.3", "/lib/ld-musl-armhf.so.1");

    private Loaders() {}

    /** Whether it is musl's. */
    public static boolean isMusl(String interpreter) {
        return interpreter.contains("/ld-musl-");
    }

    /** Whether it is glibc's. */
    public static boolean isGlibc(String interpreter) {
        return interpreter.contains("/ld-linux")
                || interpreter.contains("/ld64.so")
                || interpreter.endsWith("/ld.so.1");
    }

    /** The loader that the other libc has for the same CPU; null when none is known. */
    public static @Nullable String otherLibcs(String interpreter) {
        if (!isMusl(interpreter)) {
            return MUSL_BY_GLIBC.get(interpreter);
        }
        for (Map.Entry<String, String> pair : MUSL_BY_GLIBC.entrySet()) {
            if (pair.getValue().equals(interpreter)) {
                return pair.getKey();
            }
        }
        return null;
    }
}
