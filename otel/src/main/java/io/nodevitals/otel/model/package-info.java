// SPDX-License-Identifier: Apache-2.0
/**
 * What this module exports, as neutral values, and the port that it is fed through.
 */
@NullMarked
package io.nodevitals.otel.model;

import org.jspecify.annotations.NullMarked;
