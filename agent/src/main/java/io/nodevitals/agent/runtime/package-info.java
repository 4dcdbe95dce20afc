// SPDX-License-Identifier: Apache-2.0
/**
 * Threads and their life: the ring agent, the diagnoser, the collector, start and stop.
 */
@NullMarked
package io.nodevitals.agent.runtime;

import org.jspecify.annotations.NullMarked;
