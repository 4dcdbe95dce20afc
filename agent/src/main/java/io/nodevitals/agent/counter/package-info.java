// SPDX-License-Identifier: Apache-2.0
/**
 * The agent's own counters, each a constant with a sentence.
 */
@NullMarked
package io.nodevitals.agent.counter;

import org.jspecify.annotations.NullMarked;
