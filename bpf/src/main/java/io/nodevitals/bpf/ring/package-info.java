// SPDX-License-Identifier: Apache-2.0
/**
 * The BPF ring buffer's consumer side: mapped once, read in place, never across JNI for a record.
 *
 * <p>Memory ordering, the other half of which is in the kernel's {@code kernel/bpf/ringbuf.c}:
 *
 * <ul>
 *   <li>The producer position is read with acquire, once for a batch. The kernel stores it with release after it has set
 *       the BUSY bit of the new record's header, so below the position every header is valid.
 *   <li>Each length word is read with acquire, or those of a run of records one after the other with an acquire fence behind
 *       the last. The kernel clears BUSY with xchg after the record's bytes are written, so a record that is not busy is complete.
 *   <li>The consumer position is stored with release, once for a batch. The kernel acquires it before it reuses the space,
 *       so no record is overwritten while a handler still reads it.
 * </ul>
 */
@NullMarked
package io.nodevitals.bpf.ring;

import org.jspecify.annotations.NullMarked;
