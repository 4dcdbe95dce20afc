// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

/** Foreign text made fit for one line of a log. */
final class Text {
    private static final int MAX_LENGTH = 300;

    private Text() {}

    /** The text without control characters and lone surrogates, at most 300 characters. */
    static String line(String foreign) {
        StringBuilder line = new StringBuilder();
        int end = Math.min(foreign.length(), MAX_LENGTH);
        for (int i = 0; i < end; ) {
            int codePoint = foreign.codePointAt(i);
            i += Character.charCount(codePoint);
            boolean printable = !Character.isISOControl(codePoint)
                    && Character.getType(codePoint) != Character.SURROGATE
                    && Character.getType(codePoint) != Character.FORMAT
                    && Character.getType(codePoint) != Character.LINE_SEPARATOR
                    && Character.getType(codePoint) != Character.PARAGRAPH_SEPARATOR;
            line.appendCodePoint(printable ? codePoint : ' ');
        }
        if (foreign.length() > MAX_LENGTH) {
            line.append('…');
        }
        return line.toString().strip();
    }
}
