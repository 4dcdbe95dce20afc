// SPDX-License-Identifier: Apache-2.0
/**
 * Exporters from the standard OTEL_* environment, batching, and the export account.
 */
@NullMarked
package io.nodevitals.otel.pipeline;

import org.jspecify.annotations.NullMarked;
