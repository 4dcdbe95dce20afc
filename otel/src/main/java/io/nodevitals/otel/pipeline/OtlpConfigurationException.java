// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

/**
 * The OTEL_* environment cannot be honoured. The message is one sentence for a person that names the variable, its value and the
 * remedy; values that may hold secrets (headers, credentials in a URL) are left out.
 */
public final class OtlpConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OtlpConfigurationException(String message) {
        super(message);
    }

    OtlpConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
