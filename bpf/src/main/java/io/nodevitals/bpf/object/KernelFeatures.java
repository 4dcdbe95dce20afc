// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What this kernel and this process's privileges offer the probes, as far as files tell. What they do not tell (fentry and fexit,
 * single tracepoints) is found out by trying.
 *
 * @param release such as {@code 6.1.0-28-amd64}
 * @param btf types of the running kernel, for CO-RE and BTF tracepoints
 * @param tracefs for tracepoints through perf events
 * @param kprobes as a perf event source
 * @param lockdown whether BPF may read kernel memory
 * @param nonPreemptive whether a task that is in the kernel keeps its CPU, as programs of fexit need to see every call
 * @param graphReturns whether kprobe.multi sees every return, however many calls are under way
 * @param privileges capabilities to load tracing programs
 * @param capabilities those held of {@link Capability}
 */
public record KernelFeatures(
        String release,
        KernelFeature btf,
        KernelFeature tracefs,
        KernelFeature kprobes,
        KernelFeature lockdown,
        KernelFeature nonPreemptive,
        KernelFeature graphReturns,
        KernelFeature privileges,
        Set<Capability> capabilities) {

    /** Looks at this machine; takes a few file reads and no privilege. */
    public static KernelFeatures detect() {
        return detect(Path.of("/"));
    }

    static KernelFeatures detect(Path root) {
        return new KernelFeatureDetector(root).detect();
    }

    /** For a listing, in the order in which they matter. */
    public List<KernelFeature> all() {
        return List.of(privileges, btf, tracefs, kprobes, lockdown, nonPreemptive, graphReturns);
    }
}
