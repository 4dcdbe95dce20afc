// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

/** Not even the maps could be created: nothing works here. The message says why and what would help. */
public final class BpfUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BpfUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
