// SPDX-License-Identifier: Apache-2.0
/**
 * Turns an occurrence into log record data.
 */
@NullMarked
package io.nodevitals.otel.log;

import org.jspecify.annotations.NullMarked;
