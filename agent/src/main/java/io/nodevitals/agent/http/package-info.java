// SPDX-License-Identifier: Apache-2.0
/**
 * The local HTTP server: health, /metrics, the API and the event stream.
 */
@NullMarked
package io.nodevitals.agent.http;

import org.jspecify.annotations.NullMarked;
