// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a script as the kernel reads it (fs/binfmt_script.c).
 *
 * @param interpreter raw Latin-1 chars, with the carriage return that the kernel takes for part of the name; may be empty
 * @param argument what follows the interpreter, null when nothing does
 */
public record Shebang(String interpreter, @Nullable String argument) {
    // BINPRM_BUF_SIZE: the kernel looks no further.
    private static final int HEAD = 256;

    /** Null when the file does not begin with "#!". */
    public static @Nullable Shebang parse(byte[] head) {
        if (head.length < 2 || head[0] != '#' || head[1] != '!') {
            return null;
        }
        int end = 2;
        while (end < Math.min(head.length, HEAD) && head[end] != '\n' && head[end] != 0) {
            end++;
        }
        String line = strip(new String(head, 2, end - 2, StandardCharsets.ISO_8859_1));
        int space = 0;
        while (space < line.length() && !isBlank(line.charAt(space))) {
            space++;
        }
        String argument = strip(line.substring(space));
        return new Shebang(line.substring(0, space), argument.isEmpty() ? null : argument);
    }

    /** Whether the line ends as DOS and Windows end lines. */
    public boolean endsInCarriageReturn() {
        return (argument == null ? interpreter : argument).endsWith("\r");
    }

    // Spaces and tabs only: String.strip would take the carriage return too.
    private static String strip(String line) {
        int from = 0;
        int to = line.length();
        while (from < to && isBlank(line.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(line.charAt(to - 1))) {
            to--;
        }
        return line.substring(from, to);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
