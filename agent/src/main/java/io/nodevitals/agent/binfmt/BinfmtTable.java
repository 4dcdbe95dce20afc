// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All handlers at one moment.
 *
 * @param mounted whether they could be looked at; when not, nothing is known of them
 * @param enabled whether the kernel asks any of them
 * @param handlers by name
 */
public record BinfmtTable(boolean mounted, boolean enabled, SortedMap<String, BinfmtHandler> handlers) {
    /** Nobody can look. */
    public static final BinfmtTable UNKNOWN = new BinfmtTable(false, false, new TreeMap<>());

    public BinfmtTable {
        handlers = Collections.unmodifiableSortedMap(new TreeMap<>(handlers));
    }
}
