// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

/** Which way of attaching probes is wanted. */
public enum AttachMode {
    /** The best that the kernel allows, probe by probe. */
    AUTO,
    /** Perf-attached tracepoints only. */
    TRACEPOINT,
    /** BTF tracepoints, else tracepoints. */
    TP_BTF,
    /** Kprobes where a probe has one, else as {@link #TP_BTF}. */
    KPROBE,
    /** fexit where a probe has one, else as {@link #TP_BTF}. */
    FEXIT
}
