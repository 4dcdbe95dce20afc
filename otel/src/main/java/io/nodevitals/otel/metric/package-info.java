// SPDX-License-Identifier: Apache-2.0
/**
 * Turns a published snapshot into the SDK's metric data.
 */
@NullMarked
package io.nodevitals.otel.metric;

import org.jspecify.annotations.NullMarked;
