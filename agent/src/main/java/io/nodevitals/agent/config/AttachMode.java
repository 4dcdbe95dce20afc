// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

/** Which way of attaching probes is wanted. */
public enum AttachMode {
    /** The best that the kernel allows, probe by probe. */
    AUTO,
    /** Tracepoints through perf events; raw ones where a probe has no other. */
    TRACEPOINT,
    /** BTF tracepoints, else tracepoints. */
    TP_BTF,
    /** Kprobes and kretprobes where a probe has one, else as {@link #TP_BTF}. */
    KPROBE,
    /** kprobe.multi where a probe has one, else as {@link #TP_BTF}. */
    KPROBE_MULTI,
    /** fexit where a probe has one, else as {@link #TP_BTF}. */
    FEXIT
}
