// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Libc;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import jnr.ffi.Platform;

/**
 * The agent's own mmap, munmap, mremap and brk, by which it sees that the programs of these calls run.
 *
 * <p>One page that nobody touches is mapped, resized to what it is and unmapped; brk asks where the heap ends. They are calls of
 * the agent's process like any other and count as such. One thread.
 */
public final class MemoryCanary {
    /** {@code __NR_brk} of asm/unistd_64.h and asm-generic/unistd.h. */
    private static final long BRK = Platform.getNativePlatform().getCPU() == Platform.CPU.X86_64 ? 12 : 214;

    private final Native natives;
    private final long pageBytes;
    private long address;

    public MemoryCanary(Native natives) {
        this.natives = natives;
        this.pageBytes = natives.pageSize();
    }

    /** Maps a page, in place of the one mapped before. */
    public void mmap() {
        if (address != 0) {
            munmap();
        }
        long mapped = natives.libc().mmap(null, pageBytes, 0, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        if (mapped == -1) {
            throw new NativeCallException("mmap", natives.lastErrno());
        }
        address = mapped;
    }

    /** Resizes the page to the size that it has; maps it first when there is none. */
    public void mremap() {
        if (address == 0) {
            mmap();
        }
        natives.libc().mremap(address, pageBytes, pageBytes, 0);
    }

    /** Unmaps the page; maps it first when there is none. */
    public void munmap() {
        if (address == 0) {
            mmap();
        }
        natives.libc().munmap(address, pageBytes);
        address = 0;
    }

    /** Asks where the heap ends. */
    public void brk() {
        natives.libc().syscall(BRK, 0);
    }
}
