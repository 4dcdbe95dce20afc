// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.RootView.Absent;
import io.nodevitals.agent.program.RootView.Entry;
import io.nodevitals.agent.program.RootView.Present;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Libraries as a loader opens them, each file read once. One thread. */
final class Libraries {
    private static final int MAX_KEPT = 512;
    private static final long MAX_KEPT_WEIGHT = 6 << 20;

    private final RootView root;
    private long keptWeight;
    private final Map<String, Library> kept = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Library> eldest) {
            boolean tooMuch = size() > MAX_KEPT || keptWeight > MAX_KEPT_WEIGHT;
            keptWeight -= tooMuch ? eldest.getValue().dynamic().weight() : 0;
            return tooMuch;
        }
    };

    Libraries(RootView root) {
        this.root = root;
    }

    /**
     * One file.
     *
     * @param elf null when it is none
     * @param defect why it cannot be loaded, completing "the file "; null when it can
     * @param kills the defect is one that loaders do not look for, and die of
     */
    record Library(
            Present file,
            @Nullable ElfFile elf,
            SharedObject dynamic,
            @Nullable String defect,
            boolean kills) {
        Library(Present file, @Nullable ElfFile elf, SharedObject dynamic) {
            this(file, elf, dynamic, null, false);
        }

        /** The same file, which one loader refuses. */
        Library refused(String why) {
            return new Library(file, elf, dynamic, why, false);
        }

        /** The same file, which one loader maps and dies of. */
        Library killing(String why) {
            return new Library(file, elf, dynamic, why, true);
        }
    }

    /** Null when there is nothing at that path that could be opened. */
    @Nullable
    Library open(String path) {
        Entry entry = root.look(path);
        if (entry instanceof Absent) {
            return null;
        }
        Present file = (Present) entry;
        Library known = kept.get(file.identity());
        if (known == null) {
            known = read(file);
            keptWeight += known.dynamic().weight();
            kept.put(file.identity(), known);
        }
        return new Library(file, known.elf(), known.dynamic(), known.defect(), known.kills());
    }

    private static Library read(Present file) {
        RootView.FileReader reader = file.reader();
        if (reader == null) {
            return broken(file, null, file.isDirectory() ? "is a directory" : "is no regular file");
        }
        ElfFile elf = null;
        try {
            FileBytes bytes = new FileBytes(reader);
            byte[] head = bytes.head();
            if (head.length < 52) {
                return broken(file, null, "is too short");
            }
            if (!ElfFile.isElf(head)) {
                return broken(file, null, "is no ELF file");
            }
            elf = parse(bytes);
            if (elf.defect() != null) {
                return broken(file, elf, elf.defect());
            }
            if (Long.compareUnsigned(elf.loadedEnd(), file.sizeBytes()) > 0) {
                return broken(file, elf, "ends before what is loaded of it");
            }
            SharedObject dynamic = new DynamicReader(elf, bytes).read();
            return dynamic == null
                    ? new Library(file, elf, SharedObject.EMPTY, "has no dynamic section", false)
                    : new Library(file, elf, dynamic);
        } catch (BrokenElfException broken) {
            return broken(file, elf, broken.defect());
        }
    }

    static ElfFile parse(FileBytes bytes) {
        return ElfFile.parse(bytes.head(), offset -> {
            try {
                return bytes.read(offset, 4096);
            } catch (BrokenElfException unread) {
                return null;
            }
        });
    }

    private static Library broken(Present file, @Nullable ElfFile elf, String defect) {
        // What is wrong beyond the headers is not looked at by those who load it.
        boolean kills = elf != null && elf.defect() == null;
        return new Library(file, elf, SharedObject.EMPTY, defect, kills);
    }
}
