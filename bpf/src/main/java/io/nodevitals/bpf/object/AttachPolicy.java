// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which attach methods may be tried.
 *
 * @param only the one method allowed; null: all that a probe offers, best first
 */
public record AttachPolicy(@Nullable AttachMethod only) {
    private static final AttachPolicy AUTO = new AttachPolicy(null);

    /** The best that the kernel allows. */
    public static AttachPolicy auto() {
        return AUTO;
    }

    /**
     * Reads {@code auto} or a method's label.
     *
     * @throws IllegalArgumentException naming what is allowed
     */
    public static AttachPolicy parse(String text) {
        if (text.equals("auto")) {
            return AUTO;
        }
        return AttachMethod.ofLabel(text)
                .map(AttachPolicy::new)
                .orElseThrow(() -> new IllegalArgumentException("attach=" + text + " is not one of auto, "
                        + Arrays.stream(AttachMethod.values())
                                .map(AttachMethod::label)
                                .collect(Collectors.joining(", "))));
    }

    boolean allows(AttachMethod method) {
        return only == null || only == method;
    }

    @Override
    public String toString() {
        return only == null ? "auto" : only.label();
    }
}
