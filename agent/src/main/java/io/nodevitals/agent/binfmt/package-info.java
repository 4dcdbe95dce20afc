// SPDX-License-Identifier: Apache-2.0
/** The kernel's handlers of foreign program formats: which there are, which there were, and how to put them back. */
@NullMarked
package io.nodevitals.agent.binfmt;

import org.jspecify.annotations.NullMarked;
