// SPDX-License-Identifier: Apache-2.0
/**
 * From ring records to table updates (memory) and to lifecycle events.
 */
@NullMarked
package io.nodevitals.agent.decode;

import org.jspecify.annotations.NullMarked;
