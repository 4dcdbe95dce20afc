// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.libbpf;

/** libbpf is missing or too old, or the JVM may not load native code: the message names the remedy. */
public final class NativeUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NativeUnavailableException(String message) {
        super(message);
    }

    NativeUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
