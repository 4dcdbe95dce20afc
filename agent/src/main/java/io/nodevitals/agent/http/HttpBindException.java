// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.nodevitals.agent.config.ListenAddress;
import io.nodevitals.agent.config.Setting;

/** A listener could not listen. The message is one sentence that names the address and the remedy. */
public final class HttpBindException extends Exception {
    private static final long serialVersionUID = 1L;

    HttpBindException(Setting<?> setting, ListenAddress address, Throwable cause) {
        super(sentence(setting, address, cause), cause);
    }

    private static String sentence(Setting<?> setting, ListenAddress address, Throwable cause) {
        String reason = String.valueOf(cause.getMessage());
        String what = reason.contains("Address already in use")
                ? address + " is taken, perhaps by another nodevitals: stop that one or choose another address"
                : "Cannot listen on " + address + " (" + reason + "): choose an address of this machine";
        return what + " with " + setting.flag() + " or " + setting.variable() + ".";
    }
}
