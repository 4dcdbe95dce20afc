// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Makes names that a workload chose fit to leave the agent. Every output takes its names from here, once. */
public final class Names {
    /** Longest name that leaves the agent, in chars. */
    public static final int MAX_LENGTH = 512;

    private static final char REPLACEMENT = '\uFFFD';

    private Names() {}

    /**
     * Valid Unicode without control characters, at most {@link #MAX_LENGTH} chars, cut between characters.
     *
     * @param raw bytes as Latin-1 chars, as {@link LifecycleEvent} has them
     * @return the bytes read as UTF-8; what is malformed, a control, a format, a line separator or a lone surrogate becomes U+FFFD
     */
    public static String sanitise(String raw) {
        if (isPlain(raw)) {
            return raw;
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        CharBuffer decoded;
        try {
            decoded = decoder.decode(ByteBuffer.wrap(raw.getBytes(StandardCharsets.ISO_8859_1)));
        } catch (java.nio.charset.CharacterCodingException e) {
            throw new IllegalStateException("a replacing decoder reported an error", e);
        }
        StringBuilder clean = new StringBuilder(Math.min(decoded.length(), MAX_LENGTH));
        for (int codePoint : decoded.codePoints().toArray()) {
            int shown = isHarmful(codePoint) ? REPLACEMENT : codePoint;
            if (clean.length() + Character.charCount(shown) > MAX_LENGTH) {
                break;
            }
            clean.appendCodePoint(shown);
        }
        return clean.toString();
    }

    private static boolean isPlain(String raw) {
        if (raw.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c < 0x20 || c > 0x7e) {
                return false;
            }
        }
        return true;
    }

    // Format characters reorder or hide text (bidirectional overrides, zero-width); separators end a line in some
    // viewers.
    private static boolean isHarmful(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> true;
            default -> false;
        };
    }
}
