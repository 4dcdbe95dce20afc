// SPDX-License-Identifier: Apache-2.0
/**
 * Settings from flags and NODEVITALS_* variables; a bad one names itself.
 */
@NullMarked
package io.nodevitals.agent.config;

import org.jspecify.annotations.NullMarked;
