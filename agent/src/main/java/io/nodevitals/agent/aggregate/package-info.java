// SPDX-License-Identifier: Apache-2.0
/**
 * The tables of the memory ring: one writer, handed over whole, no allocation per record.
 */
@NullMarked
package io.nodevitals.agent.aggregate;

import org.jspecify.annotations.NullMarked;
