// SPDX-License-Identifier: Apache-2.0
/**
 * Opens, loads and attaches the compiled probes; maps, links and what this kernel allows.
 */
@NullMarked
package io.nodevitals.bpf.object;

import org.jspecify.annotations.NullMarked;
