// SPDX-License-Identifier: Apache-2.0
/**
 * Publishes snapshots and occurrences in the exporter's model.
 */
@NullMarked
package io.nodevitals.agent.source;

import org.jspecify.annotations.NullMarked;
