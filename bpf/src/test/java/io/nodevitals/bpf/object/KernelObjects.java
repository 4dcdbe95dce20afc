// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Native;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;

/** Asks the kernel which programs and maps exist, by their ids. */
final class KernelObjects {
    private static final int PROG_INFO_BYTES = 256;
    private static final int NR_MAP_IDS = 52;
    private static final int MAP_IDS = 56;
    private static final int MAX_MAPS = 32;

    /** What only these tests need of libbpf. */
    public interface ById {
        int bpf_prog_get_fd_by_id(int id);

        int bpf_map_get_fd_by_id(int id);
    }

    private final Native natives;
    private final ById byId = LibraryLoader.create(ById.class).load(Native.LIBBPF);

    KernelObjects(Native natives) {
        this.natives = natives;
    }

    List<Integer> livingPrograms(Collection<Integer> ids) {
        return ids.stream().filter(id -> exists(byId.bpf_prog_get_fd_by_id(id))).toList();
    }

    List<Integer> livingMaps(Collection<Integer> ids) {
        return ids.stream().filter(id -> exists(byId.bpf_map_get_fd_by_id(id))).toList();
    }

    /** Ids of the maps that programs use: {@code struct bpf_prog_info.map_ids}. */
    List<Integer> mapsOf(Collection<Integer> programIds) {
        List<Integer> maps = new ArrayList<>();
        Pointer ids = natives.allocate(MAX_MAPS * Integer.BYTES);
        Pointer info = natives.allocate(PROG_INFO_BYTES);
        Pointer length = natives.allocate(Integer.BYTES);
        for (int id : programIds) {
            int fd = natives.checkLibbpf("bpf_prog_get_fd_by_id", byId.bpf_prog_get_fd_by_id(id));
            info.setMemory(0, PROG_INFO_BYTES, (byte) 0);
            info.putInt(NR_MAP_IDS, MAX_MAPS);
            info.putAddress(MAP_IDS, ids.address());
            length.putInt(0, PROG_INFO_BYTES);
            natives.checkLibbpf("bpf_obj_get_info_by_fd", natives.libbpf().bpf_obj_get_info_by_fd(fd, info, length));
            for (int i = 0; i < info.getInt(NR_MAP_IDS); i++) {
                maps.add(ids.getInt((long) i * Integer.BYTES));
            }
            natives.libc().close(fd);
        }
        return maps.stream().distinct().toList();
    }

    private boolean exists(int fd) {
        if (fd >= 0) {
            natives.libc().close(fd);
        }
        return fd >= 0;
    }
}
