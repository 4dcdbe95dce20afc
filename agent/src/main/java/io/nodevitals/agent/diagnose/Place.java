// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.process.FaultPlace.Mapping;
import io.nodevitals.agent.process.Names;
import org.jspecify.annotations.Nullable;

/**
 * What an address of a fault lies in, as it is sent: a file's name and the offset in it, or a word in brackets as in /proc/PID/maps.
 *
 * @param kind what it is
 * @param text such as {@code libfoo.so.1+0x1f20}, {@code [stack]} or {@code [unmapped]}; sanitised
 */
public record Place(Kind kind, String text) {
    /** What a mapping is, the first that fits. */
    public enum Kind {
        UNMAPPED("[unmapped]"),
        FILE(""),
        GUARD("[guard]"),
        STACK("[stack]"),
        HEAP("[heap]"),
        ANONYMOUS("[anon]");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    /** Null when nobody could look. */
    static @Nullable Place of(Mapping mapping) {
        if (mapping.isNone()) {
            return new Place(Kind.UNMAPPED, Kind.UNMAPPED.word);
        }
        if (!mapping.isFound()) {
            return null;
        }
        if (mapping.file() != null) {
            return new Place(
                    Kind.FILE, Names.sanitise(mapping.file()) + "+0x" + Long.toHexString(mapping.fileOffset()));
        }
        Kind kind = mapping.isGuard()
                ? Kind.GUARD
                : mapping.stack() ? Kind.STACK : mapping.heap() ? Kind.HEAP : Kind.ANONYMOUS;
        return new Place(kind, kind.word);
    }

    /** Whether it is the file of glibc's dynamic loader, which runs before main. musl's is the C library too and tells nothing. */
    boolean isLoader() {
        return kind == Kind.FILE
                && (text.startsWith("ld-linux") || text.startsWith("ld-2.") || text.startsWith("ld64.so"));
    }
}
