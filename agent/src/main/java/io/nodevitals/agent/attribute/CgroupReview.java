// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the tree of cgroups differs from what the table knew: for {@link CgroupTable#learn}.
 *
 * @param present path by id of every directory found
 * @param removed ids of cgroups that were known before and are gone
 */
public record CgroupReview(Map<Long, String> present, Set<Long> removed) {

    /** Walks the tree; {@code known} is what was known before. */
    static CgroupReview of(CgroupHierarchy hierarchy, List<CgroupEntry> known) throws IOException {
        String prefix = hierarchy.prefix();
        Map<Long, String> present = new HashMap<>();
        Set<Long> removed = new HashSet<>();
        if (prefix == null) {
            return new CgroupReview(present, removed);
        }
        new CgroupWalk(hierarchy.mountPoint(), prefix).run(present::put);
        for (CgroupEntry entry : known) {
            // What is not known by its whole path, or lies outside of what is mounted, cannot be looked for.
            boolean inSight =
                    entry.whole() && !entry.isRemoved() && entry.path().startsWith(prefix + "/");
            // A walk beside somebody who makes and removes directories may miss one that was there all the time.
            if (inSight
                    && !present.containsKey(entry.id())
                    && isGone(
                            entry.id(),
                            Path.of(hierarchy.mountPoint() + entry.path().substring(prefix.length())))) {
                removed.add(entry.id());
            }
        }
        return new CgroupReview(present, removed);
    }

    private static boolean isGone(long id, Path directory) throws IOException {
        try {
            return !Long.valueOf(id).equals(Files.getAttribute(directory, "unix:ino", LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return true;
        }
    }
}
