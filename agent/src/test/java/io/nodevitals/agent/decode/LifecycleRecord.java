// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import io.nodevitals.bpf.event.CgroupPath;
import io.nodevitals.bpf.event.EventHeader;
import io.nodevitals.bpf.event.Program;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes records as the kernel side would, at an odd place of a buffer full of rubbish. */
final class LifecycleRecord {
    static final int OFFSET = 24;
    static final int CGROUP = EventHeader.SIZE;
    static final int REST = EventHeader.SIZE + CgroupPath.SIZE;

    private final ByteBuffer data;
    private final int size;

    private LifecycleRecord(int size) {
        this.size = size;
        this.data = ByteBuffer.allocate(OFFSET + size + 16).order(ByteOrder.nativeOrder());
        for (int i = 0; i < data.capacity(); i++) {
            data.put(i, (byte) (i < OFFSET || i >= OFFSET + size ? 0xee : 0));
        }
    }

    /** A sound header: every field has its own value. */
    static LifecycleRecord of(int type, int size, Program program, int cpu, int sequence) {
        return new LifecycleRecord(size)
                .u16(EventHeader.TYPE_OFFSET, type)
                .u16(EventHeader.SIZE_OFFSET, size)
                .u8(EventHeader.VERSION_OFFSET, EventHeader.LAYOUT_VERSION)
                .u8(EventHeader.PROGRAM_OFFSET, program.number())
                .u16(EventHeader.CPU_OFFSET, cpu)
                .u32(EventHeader.SEQUENCE_OFFSET, sequence)
                .u32(EventHeader.GENERATION_OFFSET, 7)
                .u64(EventHeader.BOOT_NANOS_OFFSET, 1_000_000_000_001L)
                .u64(EventHeader.START_BOOT_NANOS_OFFSET, 999_000_000_002L)
                .u32(EventHeader.TGID_OFFSET, 4001)
                .u32(EventHeader.TID_OFFSET, 4002)
                .u64(EventHeader.CGROUP_ID_OFFSET, 0x1_0000_0042L)
                .u32(EventHeader.PARENT_TGID_OFFSET, 4000)
                .u32(EventHeader.HIERARCHY_ID_OFFSET, 9)
                .u64(EventHeader.PARENT_START_BOOT_NANOS_OFFSET, 998_000_000_003L);
    }

    /** Two levels below the hierarchy's root. */
    LifecycleRecord path() {
        return u16(CGROUP + CgroupPath.LEAF_LEVEL_OFFSET, 3)
                .u16(CGROUP + CgroupPath.FIRST_LEVEL_OFFSET, 1)
                .u16(CGROUP + CgroupPath.COUNT_OFFSET, 2)
                .u64(CGROUP + CgroupPath.IDS_OFFSET, 11)
                .u64(CGROUP + CgroupPath.IDS_OFFSET + 8, 12)
                .string(CGROUP + CgroupPath.NAMES_OFFSET, "kubepods")
                .string(CGROUP + CgroupPath.NAMES_OFFSET + CgroupPath.NAME_LENGTH, "burstable");
    }

    LifecycleRecord u8(int field, int value) {
        data.put(OFFSET + field, (byte) value);
        return this;
    }

    LifecycleRecord u16(int field, int value) {
        data.putShort(OFFSET + field, (short) value);
        return this;
    }

    LifecycleRecord u32(int field, int value) {
        data.putInt(OFFSET + field, value);
        return this;
    }

    LifecycleRecord u64(int field, long value) {
        data.putLong(OFFSET + field, value);
        return this;
    }

    /** Latin-1 without a terminating NUL: the record is zeroed already. */
    LifecycleRecord string(int field, String value) {
        data.put(OFFSET + field, value.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    void to(LifecycleDecoder decoder) {
        decoder.onRecord(data, OFFSET, size);
    }

    void cutTo(int length, LifecycleDecoder decoder) {
        decoder.onRecord(data, OFFSET, length);
    }
}
