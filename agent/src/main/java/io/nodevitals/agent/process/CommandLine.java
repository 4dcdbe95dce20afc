// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a program was called with, its own name first. Immutable.
 *
 * @param arguments bytes as Latin-1 chars, not sanitised; the last may be cut short
 * @param cut whether there were more bytes
 */
public record CommandLine(List<String> arguments, boolean cut) {
    /** Bytes that are looked at, as many as a record of the kernel side has room for. */
    public static final int MAX_BYTES = 512;

    private static final String MORE = "\u2026";

    public CommandLine {
        arguments = List.copyOf(arguments);
    }

    /**
     * From the bytes in the program's memory, as /proc/PID/cmdline shows them too.
     *
     * @param bytes each argument ends in a NUL, but for one that was cut
     * @param length bytes that there are of them in all
     * @return null when there is nothing to see
     */
    public static @Nullable CommandLine of(byte[] bytes, long length) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        List<String> arguments = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = text.indexOf('\0', from);
            arguments.add(text.substring(from, end < 0 ? text.length() : end));
            from = end < 0 ? text.length() : end + 1;
        }
        return arguments.isEmpty() ? null : new CommandLine(arguments, length > bytes.length);
    }

    /** The arguments as they may leave the agent: sanitised, with an ellipsis at the end of the last when there were more. */
    public List<String> shown() {
        List<String> shown =
                new ArrayList<>(arguments.stream().map(Names::sanitise).toList());
        if (cut) {
            shown.set(shown.size() - 1, shown.get(shown.size() - 1) + MORE);
        }
        return shown;
    }
}
