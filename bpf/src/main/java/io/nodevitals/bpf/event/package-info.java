// SPDX-License-Identifier: Apache-2.0
/**
 * One flyweight per struct of {@code bpf/src/main/c/include}; layouts are proved against BTF in a test.
 */
@NullMarked
package io.nodevitals.bpf.event;

import org.jspecify.annotations.NullMarked;
