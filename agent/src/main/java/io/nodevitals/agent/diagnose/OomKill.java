// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/**
 * A process that the OOM killer chose, or killed along with the one it chose. Each victim once.
 *
 * @param bootNanos when it was marked; of its exit when only that told
 */
public record OomKill(Subject subject, long bootNanos, OomFacts facts, String summary) implements Occurrence {}
