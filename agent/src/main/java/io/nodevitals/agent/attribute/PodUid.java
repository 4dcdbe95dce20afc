// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import org.jspecify.annotations.Nullable;

/** The two shapes of a pod's UID: a UUID, and the config hash of a static pod. */
final class PodUid {
    private static final int UUID_LENGTH = 36;
    private static final int HASH_LENGTH = 32;

    private PodUid() {}

    /**
     * The UID in the API's form, or null when the text is none.
     *
     * @param separator what stands for the dash: '_' in the names of systemd's slices, where a dash means nesting, else '-'
     */
    static @Nullable String parse(String text, char separator) {
        if (text.length() == HASH_LENGTH) {
            return ContainerName.isHex(text, 0, HASH_LENGTH) ? text : null;
        }
        if (text.length() != UUID_LENGTH) {
            return null;
        }
        for (int i = 0; i < UUID_LENGTH; i++) {
            boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
            if (dash ? text.charAt(i) != separator : !ContainerName.isHex(text, i, i + 1)) {
                return null;
            }
        }
        return text.replace(separator, '-');
    }
}
