// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.nio.charset.StandardCharsets;
import java.util.List;
import jnr.ffi.Pointer;

/** The text that the kernel's verifier left in a buffer. */
final class VerifierLog {
    /** What is kept of a log: its end, where the complaint is. */
    static final int MAX_BYTES = 64 * 1024;

    /** Begins the essay that 7.3 adds to its own complaint. */
    private static final String REPORT = "Verification failed:";

    private static final String BAD_ARGUMENT = "invalid bpf_context access";
    private static final String STATISTICS = "processed ";

    private VerifierLog() {}

    /** The end of the NUL-terminated text of a buffer, at most {@link #MAX_BYTES}, from the start of a line. */
    static String read(Pointer buffer, int sizeBytes) {
        int end = buffer.indexOf(0, (byte) 0, sizeBytes);
        int length = end < 0 ? sizeBytes : end;
        int start = Math.max(0, length - MAX_BYTES);
        byte[] bytes = new byte[length - start];
        buffer.get(start, bytes, 0, bytes.length);
        return tail(new String(bytes, StandardCharsets.UTF_8), start > 0);
    }

    private static String tail(String text, boolean cut) {
        int line = cut ? text.indexOf('\n') + 1 : 0;
        return text.substring(line).strip();
    }

    /**
     * The line that says what is wrong: the last one that is not the statistics; of a refused argument, the line before it, which names
     * the function.
     */
    static String complaint(String log) {
        List<String> lines = log.lines()
                .takeWhile(line -> !line.startsWith(REPORT))
                .filter(line -> !line.startsWith(STATISTICS) && !line.isBlank())
                .toList();
        if (lines.isEmpty()) {
            return log;
        }
        String last = lines.get(lines.size() - 1).strip();
        String before = lines.size() > 1 ? lines.get(lines.size() - 2).strip() : "";
        return last.startsWith(BAD_ARGUMENT) && before.startsWith("func '") ? before : last;
    }
}
