// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

/** A file that calls itself ELF does not hold together; the message completes "the file ". */
final class BrokenElfException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenElfException(String defect) {
        super(defect);
    }

    String defect() {
        return String.valueOf(getMessage());
    }
}
