// SPDX-License-Identifier: Apache-2.0
/**
 * JNR interfaces to libbpf.so.1 and libc, and the typed error that a failed call becomes.
 */
@NullMarked
package io.nodevitals.bpf.libbpf;

import org.jspecify.annotations.NullMarked;
