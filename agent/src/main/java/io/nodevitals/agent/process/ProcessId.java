// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

/**
 * Who a process is: a thread group id together with the moment it began, because the kernel reuses ids.
 *
 * @param tgid thread group id in the initial pid namespace
 * @param startBootNanos {@code start_boottime} of the group leader, nanoseconds since boot; 0 when unknown
 */
public record ProcessId(int tgid, long startBootNanos) {}
