// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.libbpf;

/**
 * A call into libbpf or libc that failed, with the errno it left.
 *
 * <p>Its message reads {@code bpf_object__load(exit): EPERM (1): operation not permitted}.
 */
public final class NativeCallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    /**
     * A failed call.
     *
     * @param call name of the function, with what it was called for in parentheses where that helps
     * @param errno positive errno
     */
    public NativeCallException(String call, int errno) {
        super(call + ": " + Errno.describe(errno));
        this.call = call;
        this.errno = errno;
    }

    /** Name of the function, perhaps with its subject in parentheses. */
    public String call() {
        return call;
    }

    /** Positive errno. */
    public int errno() {
        return errno;
    }

    /** Such as {@code EPERM}. */
    public String symbol() {
        return Errno.symbol(errno);
    }
}
