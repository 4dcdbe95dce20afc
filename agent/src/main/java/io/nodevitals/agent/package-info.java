// SPDX-License-Identifier: Apache-2.0
/**
 * The process.
 */
@NullMarked
package io.nodevitals.agent;

import org.jspecify.annotations.NullMarked;
