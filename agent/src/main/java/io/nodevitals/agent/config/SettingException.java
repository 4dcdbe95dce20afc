// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

/** A setting that is unknown or has a value it cannot have. The message is one sentence for the person who set it. */
public final class SettingException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message names the key, the value and what is allowed */
    public SettingException(String message) {
        super(message);
    }
}
