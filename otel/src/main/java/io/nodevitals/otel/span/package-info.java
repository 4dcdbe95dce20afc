// SPDX-License-Identifier: Apache-2.0
/**
 * Turns an occurrence into span data.
 */
@NullMarked
package io.nodevitals.otel.span;

import org.jspecify.annotations.NullMarked;
