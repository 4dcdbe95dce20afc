// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Kernels whose BPF ring buffer has a known bug, by the version of kernel.org that they are built from. Stateless; any thread.
 *
 * <p>Distributions keep "5.10.0-32" in {@code uname -r} while they go on from 5.10.1 to 5.10.223: the true version is in
 * {@code /proc/version_signature} (Ubuntu) or {@code /proc/version} (Debian). Where neither tells it, as with kernels that take
 * single fixes over, nothing is said: unknown rather than wrong.
 */
final class KernelBugs {
    /** In the CVE record of kernel.org: introduced in 5.8, fixed in these of each stable series and in 6.10 for good. */
    private static final Map<String, Integer> OVERRUN_FIXED_IN =
            Map.of("5.10", 223, "5.15", 164, "6.1", 97, "6.6", 37, "6.9", 8);

    private static final int OVERRUN_SINCE = series(5, 8);
    private static final int OVERRUN_UNTIL = series(6, 10);

    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?(.*)");
    private static final Pattern DEBIAN = Pattern.compile(" Debian (\\d+\\.\\d+\\.\\d+)");

    private KernelBugs() {}

    /** What is known of the kernel of the machine whose files are below the root, a sentence each; empty when nothing is. */
    static List<String> of(Path root) {
        String version = version(
                text(root.resolve("proc/sys/kernel/osrelease")),
                text(root.resolve("proc/version")),
                text(root.resolve("proc/version_signature")));
        return version == null || !mayOverrun(version) ? List.of() : List.of(overrun(version));
    }

    private static String overrun(String version) {
        String series = series(version);
        Integer fix = OVERRUN_FIXED_IN.get(series);
        return "Kernel " + version
                + " has the ring buffer bug CVE-2024-41009: records can overlap, and the kernel crash, once a"
                + " ring's consumer position is written wrongly. Update to "
                + (fix == null ? "6.10 or later" : series + '.' + fix + " or later") + '.';
    }

    /** The version of kernel.org, such as 5.10.223; null when it cannot be told. */
    static @Nullable String version(String release, String banner, String signature) {
        // "Ubuntu 5.15.0-91.101-generic 5.15.131"
        String[] words = signature.strip().split(" ", -1);
        if (words.length == 3) {
            return words[2];
        }
        Matcher debian = DEBIAN.matcher(banner);
        if (debian.find()) {
            return debian.group(1);
        }
        Matcher plain = VERSION.matcher(release.strip());
        if (!plain.matches()) {
            return null;
        }
        String patch = plain.group(3);
        boolean distribution = "0".equals(patch) && !plain.group(4).isEmpty();
        return distribution ? null : plain.group(1) + '.' + plain.group(2) + (patch == null ? "" : '.' + patch);
    }

    private static boolean mayOverrun(String version) {
        Matcher parts = VERSION.matcher(version);
        if (!parts.matches()) {
            return false;
        }
        int series = series(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
        if (series < OVERRUN_SINCE || series >= OVERRUN_UNTIL) {
            return false;
        }
        int patch = parts.group(3) == null ? 0 : Integer.parseInt(parts.group(3));
        return patch < OVERRUN_FIXED_IN.getOrDefault(series(version), Integer.MAX_VALUE);
    }

    private static int series(int major, int minor) {
        return major * 1_000 + minor;
    }

    private static String series(String version) {
        String[] parts = version.split("\\.", -1);
        return parts[0] + '.' + parts[1];
    }

    // A file that is not there says nothing.
    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
