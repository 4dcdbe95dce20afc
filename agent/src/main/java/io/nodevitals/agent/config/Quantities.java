// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes and durations as people write them. */
public final class Quantities {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})(|KiB|MiB)");
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

    private Quantities() {}

    /**
     * {@code 65536}, {@code 64KiB}, {@code 1MiB} in bytes.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static long parseBytes(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a size");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "KiB" -> number << 10;
            case "MiB" -> number << 20;
            default -> number;
        };
    }

    /**
     * {@code 500ms}, {@code 10s}, {@code 5m}, {@code 1h}.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a duration");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }

    /** A size for a person: {@code 64 KiB}, {@code 1.5 MiB}. */
    public static String formatBytes(long bytes) {
        if (bytes < 1 << 10) {
            return bytes + " B";
        }
        int step = Math.min((63 - Long.numberOfLeadingZeros(bytes)) / 10, 6);
        double scaled = bytes / (double) (1L << (10 * step));
        String number =
                scaled == Math.rint(scaled) ? Long.toString((long) scaled) : String.format(Locale.ROOT, "%.1f", scaled);
        return number + ' ' + "KMGTPE".charAt(step - 1) + "iB";
    }
}
