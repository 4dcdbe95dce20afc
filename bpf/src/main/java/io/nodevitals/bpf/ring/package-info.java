// SPDX-License-Identifier: Apache-2.0
/**
 * The BPF ring buffer's consumer side: mapped once, read in place, never across JNI for a record.
 */
@NullMarked
package io.nodevitals.bpf.ring;

import org.jspecify.annotations.NullMarked;
