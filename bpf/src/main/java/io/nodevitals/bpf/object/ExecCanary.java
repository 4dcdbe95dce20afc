// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Native;
import jnr.ffi.Pointer;

/**
 * The agent's own failed exec: proof, when its record arrives, that the way from the kernel to the reader is open.
 *
 * <p>The file lies below /proc/self, where nothing can be created, so the call cannot succeed and replace the JVM. Any thread.
 */
public final class ExecCanary {
    /** What the record's filename says. */
    public static final String PATH = "/proc/self/nodevitals-canary";

    private final Native natives;
    private final Pointer empty;

    public ExecCanary(Native natives) {
        this.natives = natives;
        this.empty = natives.allocate(Long.BYTES);
    }

    /** Tries to execute {@link #PATH}; returns the errno that the record will carry, ENOENT where /proc is mounted. */
    public int fire() {
        natives.libc().execve(PATH, empty, empty);
        return natives.lastErrno();
    }
}
