// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which attach methods are tried, and in which order.
 *
 * @param preferred at least one, the most wanted first, none twice
 */
public record AttachPolicy(List<AttachMethod> preferred) {
    private static final AttachPolicy AUTO = of(AttachMethod.values());

    public AttachPolicy {
        if (preferred.isEmpty()) {
            throw new IllegalArgumentException("an attach policy allows no method");
        }
        if (new HashSet<>(preferred).size() != preferred.size()) {
            throw new IllegalArgumentException("an attach policy names a method twice: " + preferred);
        }
        preferred = List.copyOf(preferred);
    }

    /** The best that the kernel allows. */
    public static AttachPolicy auto() {
        return AUTO;
    }

    /** These methods alone, the most wanted first. */
    public static AttachPolicy of(AttachMethod... preferred) {
        return new AttachPolicy(Arrays.asList(preferred));
    }

    @Override
    public String toString() {
        return equals(AUTO)
                ? "auto"
                : preferred.stream().map(AttachMethod::label).collect(Collectors.joining(", "));
    }
}
