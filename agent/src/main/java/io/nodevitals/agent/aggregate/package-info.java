// SPDX-License-Identifier: Apache-2.0
/**
 * The tables of the memory ring: one writer, handed over whole, no allocation per record.
 *
 * <p>RingAgent adds records to one of two {@link io.nodevitals.agent.aggregate.MemoryTables}. The collector thread asks for it,
 * merges it into its {@link io.nodevitals.agent.aggregate.MemoryTotals} and gives it back empty. A table has one owner at any
 * time, so its arrays are plain; ownership passes through two mailboxes of one place each
 * ({@link io.nodevitals.agent.aggregate.SnapshotHandover}):
 *
 * <pre>
 *   writer: plain writes to T ... handed = T (volatile)  ->  reader: handed == T (volatile), reads T, clears T
 *   reader: plain writes to T ... spare = T (release)   ->  writer: spare (acquire) == T, writes T
 * </pre>
 *
 * <ul>
 *   <li><em>Visible.</em> A release store that an acquire load reads orders everything before the one before everything
 *       behind the other. Both directions have such a pair, so each owner sees the last one's writes.
 *   <li><em>Never two owners.</em> There are two tables: one is active, the other is in spare, in handed or with the reader.
 *       The writer hands over only when it has taken the spare, so handed is empty then: the table that it last held has been
 *       taken by the reader, or it would not have come back. Each mailbox is therefore filled by one side only when it is
 *       empty and emptied by the other only when it is full: no compare-and-set. Emptying needs no ordering, because the
 *       next to fill a mailbox does so only after a table went round through the other one, by release and acquire.
 *   <li><em>Complete.</em> A request is a number, stored with release. The writer reads it between two batches and marks the
 *       table that it hands over with it, so a table marked with the reader's own number holds all that was written before
 *       the request; tables handed over unasked carry an older number, and the reader goes on to the next.
 *   <li><em>Woken.</em> The reader names its thread, then looks into handed; the writer fills handed, then looks for a thread to
 *       wake. Those four are volatile accesses: in their one total order, one of the two sees the other.
 *   <li><em>Nobody blocks.</em> Without a spare the writer keeps its table. A full table sends whole records to its overflow row.
 * </ul>
 */
@NullMarked
package io.nodevitals.agent.aggregate;

import org.jspecify.annotations.NullMarked;
