// SPDX-License-Identifier: Apache-2.0
/**
 * Processes: identity, what is known of each, and the lifecycle events that tell of them.
 */
@NullMarked
package io.nodevitals.agent.process;

import org.jspecify.annotations.NullMarked;
