// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the host registers when it starts: binfmt.d(5). A file in a directory named earlier replaces one of the same name in a later
 * one; an empty one, such as a link to /dev/null, registers nothing.
 */
public final class BinfmtConfig {
    private static final List<String> DIRECTORIES =
            List.of("etc/binfmt.d", "run/binfmt.d", "usr/local/lib/binfmt.d", "usr/lib/binfmt.d");
    private static final int MOST_BYTES = 1 << 16;

    /**
     * One line.
     *
     * @param name of the handler
     * @param registration as it is written to {@code register}
     * @param file that has it
     */
    public record Entry(String name, String registration, Path file) {}

    private BinfmtConfig() {}

    /**
     * All entries below a root, by the handler's name; the last line that names a handler holds.
     *
     * @throws IOException when a directory or file is there and cannot be read
     */
    public static Collection<Entry> read(Path root) throws IOException {
        SortedMap<String, Path> files = new TreeMap<>();
        for (String name : DIRECTORIES) {
            Path directory = root.resolve(name);
            if (Files.isDirectory(directory)) {
                try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.conf")) {
                    for (Path file : found) {
                        files.putIfAbsent(file.getFileName().toString(), file);
                    }
                }
            }
        }
        SortedMap<String, Entry> entries = new TreeMap<>();
        for (Path file : files.values()) {
            if (Files.isRegularFile(file) && Files.size(file) <= MOST_BYTES) {
                Files.readString(file, StandardCharsets.ISO_8859_1)
                        .lines()
                        .map(line -> parse(line.strip(), file))
                        .forEach(entry -> {
                            if (entry != null) {
                                entries.put(entry.name(), entry);
                            }
                        });
            }
        }
        return entries.values();
    }

    static @Nullable Entry parse(String line, Path file) {
        if (line.length() < 2 || line.startsWith("#") || line.startsWith(";")) {
            return null;
        }
        int end = line.indexOf(line.charAt(0), 1);
        String name = end < 0 ? "" : line.substring(1, end);
        boolean usable = !name.isEmpty() && name.indexOf('/') < 0 && line.length() <= BinfmtHandler.MAX_REGISTRATION;
        return usable ? new Entry(name, line, file) : null;
    }
}
