// SPDX-License-Identifier: Apache-2.0
/** Runs the fuzz tests, which lie beside what they fuzz, without Maven: scripts/fuzz. */
@org.jspecify.annotations.NullMarked
package io.nodevitals.agent.fuzz;
