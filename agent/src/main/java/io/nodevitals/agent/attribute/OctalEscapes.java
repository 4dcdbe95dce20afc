// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

/** Names in /proc/PID/mountinfo: space, tab, newline and backslash are written as \ooo (mangle in fs/proc_namespace.c). */
public final class OctalEscapes {
    private OctalEscapes() {}

    /** The name itself; what is no escape stays as it is. */
    public static String unescape(String field) {
        StringBuilder plain = new StringBuilder(field.length());
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\'
                    && i + 3 < field.length()
                    && field.substring(i + 1, i + 4).matches("[0-3][0-7]{2}")) {
                plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }
}
