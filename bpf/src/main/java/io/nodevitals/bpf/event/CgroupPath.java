// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** The ancestors of a cgroup from the configured root downward, as kernfs has them. {@code struct nv_cgroup_path}. */
public final class CgroupPath extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 632;

    public static final int LEAF_LEVEL_OFFSET = 0;
    public static final int FIRST_LEVEL_OFFSET = 2;
    public static final int COUNT_OFFSET = 4;
    public static final int IDS_OFFSET = 8;
    public static final int NAMES_OFFSET = 56;

    /** NV_CGROUP_LEVELS: entries there is room for. */
    public static final int LEVELS = 6;
    /** NV_CGROUP_NAME_LENGTH: bytes of one name, NUL included; the kernel cuts longer ones. */
    public static final int NAME_LENGTH = 96;

    public CgroupPath wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    /** Depth of the cgroup that the header names; the hierarchy's root is 0. */
    public int leafLevel() {
        return u16(LEAF_LEVEL_OFFSET);
    }

    /** Depth of entry 0. */
    public int firstLevel() {
        return u16(FIRST_LEVEL_OFFSET);
    }

    /** Entries that are filled, at most {@link #LEVELS} in a sound record. */
    public int count() {
        return u16(COUNT_OFFSET);
    }

    /** kernfs id of an entry, its directory's inode number; {@code index < LEVELS}. */
    public long id(int index) {
        return u64(IDS_OFFSET + index * Long.BYTES);
    }

    /** Name of an entry; {@code index < LEVELS}. */
    public String name(int index) {
        return string(NAMES_OFFSET + index * NAME_LENGTH, NAME_LENGTH);
    }
}
