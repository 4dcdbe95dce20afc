// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * Visits every directory of a mounted hierarchy, parents first.
 *
 * <p>A cgroup has fifty files and seldom a child: kernfs counts children in st_nlink, so that a leaf is never listed and a listing
 * ends with the last child. Elsewhere a count below two means that there is none.
 */
final class CgroupWalk {
    private final Path mountPoint;
    private final String prefix;

    /** Takes one directory. */
    @FunctionalInterface
    interface Visitor {
        void cgroup(long id, String path);
    }

    private record Directory(Path file, String path) {}

    CgroupWalk(Path mountPoint, String prefix) {
        this.mountPoint = mountPoint;
        this.prefix = prefix;
    }

    int run(Visitor visitor) throws IOException {
        int found = 0;
        Deque<Directory> next = new ArrayDeque<>();
        next.add(new Directory(mountPoint, prefix));
        while (!next.isEmpty()) {
            Directory directory = next.remove();
            try {
                visit(directory, visitor, next);
                found++;
            } catch (NoSuchFileException | NotDirectoryException e) {
                // Removed while we walked: no cgroup any more. The mount point, however, has to be there.
                if (directory.file.equals(mountPoint)) {
                    throw e;
                }
            }
        }
        return found;
    }

    private static void visit(Directory directory, Visitor visitor, Deque<Directory> next) throws IOException {
        Map<String, Object> stat = Files.readAttributes(directory.file, "unix:ino,nlink", LinkOption.NOFOLLOW_LINKS);
        if (!(stat.get("ino") instanceof Long id) || !(stat.get("nlink") instanceof Integer links)) {
            throw new IOException("no inode number of directory=" + directory.file);
        }
        visitor.cgroup(id, directory.path.isEmpty() ? "/" : directory.path);
        int children = links < 2 ? Integer.MAX_VALUE : links - 2;
        if (children == 0) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.file)) {
            for (Path file : files) {
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    next.add(new Directory(file, directory.path + "/" + file.getFileName()));
                    if (--children == 0) {
                        return;
                    }
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }
}
