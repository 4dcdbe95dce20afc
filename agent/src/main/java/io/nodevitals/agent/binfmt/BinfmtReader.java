// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads the handlers from where the kernel shows them. Any thread. */
public final class BinfmtReader {
    private static final String PLACE = "sys/fs/binfmt_misc";
    private static final String STATUS = "status";
    private static final String REGISTER = "register";
    private static final int MOST_HANDLERS = 1024;
    private static final int MOST_BYTES = 4096;

    private final List<Path> places;

    private BinfmtReader(List<Path> places) {
        this.places = places;
    }

    /**
     * Looks where the host's own /proc has them, else where the host's first process has: a container's /proc does not show what is
     * mounted on the host's.
     */
    public static BinfmtReader below(Path proc) {
        return new BinfmtReader(
                List.of(proc.resolve(PLACE), proc.resolve("1/root/proc").resolve(PLACE)));
    }

    /** Looks in one directory. */
    static BinfmtReader at(Path directory) {
        return new BinfmtReader(List.of(directory));
    }

    /** The first place where binfmt_misc is mounted; the first of all when it is nowhere. */
    public Path directory() {
        return places.stream().filter(BinfmtReader::isMounted).findFirst().orElse(places.get(0));
    }

    /**
     * All handlers.
     *
     * @throws IOException when they are there and cannot be read
     */
    public BinfmtTable read() throws IOException {
        Path directory = directory();
        if (!isMounted(directory)) {
            return BinfmtTable.UNKNOWN;
        }
        SortedMap<String, BinfmtHandler> handlers = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!name.equals(STATUS) && !name.equals(REGISTER) && handlers.size() < MOST_HANDLERS) {
                    add(handlers, name, file);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return new BinfmtTable(true, text(directory.resolve(STATUS)).strip().equals("enabled"), handlers);
    }

    private static void add(SortedMap<String, BinfmtHandler> handlers, String name, Path file) throws IOException {
        try {
            BinfmtHandler handler = BinfmtHandler.parse(name, text(file));
            if (handler != null) {
                handlers.put(name, handler);
            }
        } catch (NoSuchFileException goneMeanwhile) {
            // Then it is not in the table.
        }
    }

    private static boolean isMounted(Path directory) {
        return Files.exists(directory.resolve(REGISTER));
    }

    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MOST_BYTES), StandardCharsets.ISO_8859_1);
        }
    }
}
