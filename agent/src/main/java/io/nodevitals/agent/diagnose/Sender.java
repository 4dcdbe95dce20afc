// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a deadly signal. Names are sanitised.
 *
 * @param pid of the current task when the signal was generated
 * @param executableName last part of its exec'd path, else its comm
 * @param senderClass null when it is none of the classes: another container, or nobody known
 * @param workload whom it belongs to
 */
public record Sender(
        int pid, String executableName, @Nullable SenderClass senderClass, Workload workload) {}
