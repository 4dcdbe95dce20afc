// SPDX-License-Identifier: Apache-2.0
/**
 * Whether a program would start in a root file system on a node: reads the files that the kernel and the program's own loader would
 * read, and never runs any of them. Every byte read is foreign and every size in it is bounded before it is used.
 */
@NullMarked
package io.nodevitals.agent.program;

import org.jspecify.annotations.NullMarked;
