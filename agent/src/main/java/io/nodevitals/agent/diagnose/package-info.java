// SPDX-License-Identifier: Apache-2.0
/**
 * Joins lifecycle events into terminations, exec failures and OOM kills, each with its cause.
 */
@NullMarked
package io.nodevitals.agent.diagnose;

import org.jspecify.annotations.NullMarked;
