// SPDX-License-Identifier: Apache-2.0
/**
 * The commands: run, trace, doctor.
 */
@NullMarked
package io.nodevitals.agent.cli;

import org.jspecify.annotations.NullMarked;
