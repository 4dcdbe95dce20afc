// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import org.jspecify.annotations.Nullable;

/**
 * The fields of /proc/PID/stat that identify a process, and the size of its address space (proc(5)).
 *
 * @param comm between the first "(" and the last ")": a process may be called "x) R 1 ("
 * @param startTicks field 22: start since boot in clock ticks, rounded down
 * @param virtualBytes field 23: {@code mm->total_vm} in bytes; 0 for kernel threads and for the ended that wait for their parent
 */
public record ProcStat(int tgid, String comm, int parentTgid, long startTicks, long virtualBytes) {
    // Fields count from the state, which is field 3 of the file.
    private static final int PARENT = 1;
    private static final int START = 19;
    private static final int VIRTUAL_BYTES = 20;

    /**
     * Reads the one line of a stat file.
     *
     * @param line the file's bytes as Latin-1
     * @return null when the line is not of that form
     */
    public static @Nullable ProcStat parse(String line) {
        int open = line.indexOf('(');
        int close = line.lastIndexOf(')');
        if (open < 2 || close < open || close + 2 > line.length()) {
            return null;
        }
        String[] fields = line.substring(close + 1).strip().split(" ", VIRTUAL_BYTES + 2);
        if (fields.length <= VIRTUAL_BYTES) {
            return null;
        }
        try {
            return new ProcStat(
                    Integer.parseInt(line.substring(0, open - 1)),
                    line.substring(open + 1, close),
                    Integer.parseInt(fields[PARENT]),
                    Long.parseLong(fields[START]),
                    Long.parseLong(fields[VIRTUAL_BYTES].strip()));
        } catch (NumberFormatException notAStatLine) {
            return null;
        }
    }
}
