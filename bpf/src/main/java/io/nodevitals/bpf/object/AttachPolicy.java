// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which attach methods may be tried, best first among them.
 *
 * @param allowed at least one
 */
public record AttachPolicy(Set<AttachMethod> allowed) {
    private static final AttachPolicy AUTO = new AttachPolicy(EnumSet.allOf(AttachMethod.class));

    public AttachPolicy {
        if (allowed.isEmpty()) {
            throw new IllegalArgumentException("an attach policy allows no method");
        }
        allowed = Set.copyOf(allowed);
    }

    /** The best that the kernel allows. */
    public static AttachPolicy auto() {
        return AUTO;
    }

    /** One method alone. */
    public static AttachPolicy only(AttachMethod method) {
        return new AttachPolicy(EnumSet.of(method));
    }

    boolean allows(AttachMethod method) {
        return allowed.contains(method);
    }

    @Override
    public String toString() {
        return equals(AUTO)
                ? "auto"
                : allowed.stream().sorted().map(AttachMethod::label).collect(Collectors.joining(", "));
    }
}
