// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import java.io.IOException;

/** No cgroup hierarchy can be followed; the message names what is missing and what would help. */
public final class CgroupHierarchyException extends IOException {
    private static final long serialVersionUID = 1L;

    CgroupHierarchyException(String message) {
        super(message);
    }
}
