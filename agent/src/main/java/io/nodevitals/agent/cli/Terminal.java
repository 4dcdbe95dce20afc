// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What may be written to a terminal. */
final class Terminal {
    private static final String ESCAPE = "\u001b[";

    private Terminal() {}

    /** Whether this process's standard output is a terminal: Java's own answer differs between its versions. */
    static boolean isStdout() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    /** The text without anything that a terminal obeys or that reorders what is read: one line, as it looks. */
    static String safe(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEachOrdered(codePoint -> {
            boolean harmful = switch (Character.getType(codePoint)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR,
                        Character.SURROGATE -> true;
                default -> false;
            };
            safe.appendCodePoint(harmful ? 0xFFFD : codePoint);
        });
        return safe.toString();
    }

    /** Colours for a terminal, none for a file. */
    enum Colour {
        GREEN("32"),
        YELLOW("33"),
        RED("31"),
        BOLD("1"),
        DIM("2");

        private final String code;

        Colour(String code) {
            this.code = code;
        }

        String paint(String text, boolean coloured) {
            return coloured ? ESCAPE + code + 'm' + text + ESCAPE + "0m" : text;
        }
    }
}
