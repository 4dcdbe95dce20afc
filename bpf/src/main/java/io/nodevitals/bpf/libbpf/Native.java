// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.libbpf;

import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * libbpf and libc, loaded, and the one place where their errors become {@link NativeCallException}.
 *
 * <p>jffi, below jnr-ffi, unpacks its own native part into java.io.tmpdir unless {@code jffi.boot.library.path} names the directory
 * where it already lies: set that on a read-only root or a noexec /tmp. Thread-safe; errno is per thread.
 */
public final class Native {
    /** What the dynamic linker is asked for: any libbpf 1.x. */
    public static final String LIBBPF = "libbpf.so.1";

    private static final String LIBC = "libc.so.6";

    private final Libbpf libbpf;
    private final Libc libc;
    private final Runtime runtime;

    private Native(Libbpf libbpf, Libc libc) {
        this.libbpf = libbpf;
        this.libc = libc;
        this.runtime = Runtime.getRuntime(libbpf);
    }

    /**
     * Loads both libraries and silences libbpf's own messages.
     *
     * @throws NativeUnavailableException when libbpf is missing or too old, with what to install
     */
    public static Native load() {
        return load(LIBBPF);
    }

    static Native load(String libbpfName) {
        requireSymbols(libbpfName);
        Libbpf libbpf = LibraryLoader.create(Libbpf.class).failImmediately().load(libbpfName);
        Libc libc = LibraryLoader.create(Libc.class).failImmediately().load(LIBC);
        libbpf.libbpf_set_print(null);
        return new Native(libbpf, libc);
    }

    /** jnr-ffi binds a symbol when it is first called, which is too late to tell a person what is wrong. */
    private static void requireSymbols(String libbpfName) {
        Library library;
        try {
            library = Library.openLibrary(libbpfName, Library.LAZY | Library.LOCAL);
        } catch (UnsatisfiedLinkError error) {
            throw new NativeUnavailableException(
                    "the native part of jffi cannot be loaded: " + firstLine(error)
                            + " Or set jffi.boot.library.path to a directory that holds libjffi.",
                    error);
        }
        if (library == null) {
            throw new NativeUnavailableException(libbpfName + " cannot be loaded: " + Library.getLastError()
                    + "; install libbpf 1.0 or later (Debian, Ubuntu: apt-get install libbpf1)");
        }
        List<String> missing = Arrays.stream(Libbpf.class.getMethods())
                .map(Method::getName)
                .filter(name -> library.getSymbolAddress(name) == 0)
                .sorted()
                .toList();
        if (!missing.isEmpty()) {
            throw new NativeUnavailableException(
                    libbpfName + " is too old or not libbpf: it has no " + String.join(", ", missing)
                            + "; install libbpf 1.0 or later (Debian, Ubuntu: apt-get install libbpf1)");
        }
    }

    /** jffi puts a whole stack trace into the message. */
    private static String firstLine(Throwable error) {
        return String.valueOf(error.getMessage()).lines().findFirst().orElse("");
    }

    /** libbpf's functions, unchecked. */
    public Libbpf libbpf() {
        return libbpf;
    }

    /** libc's functions, unchecked. */
    public Libc libc() {
        return libc;
    }

    /** errno of the last call that this thread made through either library. */
    public int lastErrno() {
        return runtime.getLastError();
    }

    /** Passes a libbpf result through, or throws for {@code -errno}. */
    public int checkLibbpf(String call, int result) {
        if (result < 0) {
            throw new NativeCallException(call, -result);
        }
        return result;
    }

    /** Passes a libbpf pointer through, or throws with the errno that came with NULL. */
    public Pointer checkLibbpf(String call, @Nullable Pointer result) {
        if (result == null) {
            throw new NativeCallException(call, lastErrno());
        }
        return result;
    }

    /** Passes a libc result through, or throws with errno for -1. */
    public int checkLibc(String call, int result) {
        if (result == -1) {
            throw new NativeCallException(call, lastErrno());
        }
        return result;
    }

    /** Zeroed native memory that lives as long as the pointer is reachable. */
    public Pointer allocate(int sizeBytes) {
        return Memory.allocateDirect(runtime, sizeBytes, true);
    }

    /** The same memory as a buffer in native byte order; whoever uses it keeps {@code pointer} reachable. */
    public ByteBuffer view(Pointer pointer, int sizeBytes) {
        return MemoryIO.getInstance()
                .newDirectByteBuffer(pointer.address(), sizeBytes)
                .order(ByteOrder.nativeOrder());
    }

    /** A direct buffer's memory as a pointer; whoever uses it keeps what owns the memory. */
    public Pointer pointer(ByteBuffer direct) {
        return Pointer.wrap(runtime, direct);
    }

    /** Native memory that costs no page until it is written; the first byte is zeroed. */
    public Pointer allocateUntouched(int sizeBytes) {
        Pointer pointer = Memory.allocateDirect(runtime, sizeBytes, false);
        pointer.putByte(0, (byte) 0);
        return pointer;
    }

    /** Size of a page in bytes. */
    public int pageSize() {
        return libc.getpagesize();
    }

    /**
     * Maps a part of a descriptor, shared.
     *
     * @param protection of {@link Libc#PROT_READ} and {@link Libc#PROT_WRITE}
     * @throws NativeCallException when mmap fails
     */
    public MappedMemory map(int fd, long offset, long lengthBytes, int protection) {
        long address = libc.mmap(null, lengthBytes, protection, Libc.MAP_SHARED, fd, offset);
        if (address == -1) {
            throw new NativeCallException("mmap", lastErrno());
        }
        return new MappedMemory(this, address, lengthBytes);
    }
}
