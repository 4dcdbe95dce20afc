// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this machine offers before any probe is tried.
 *
 * @param kernelRelease as {@code uname -r} says; the operating system's version elsewhere
 * @param checks what probes need, one by one; on anything but Linux only that
 * @param warnings known bugs of this kernel, a sentence each
 */
record HostFacts(String kernelRelease, String architecture, List<Check> checks, List<String> warnings) {
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_PERFMON = 38;
    private static final int CAP_BPF = 39;

    HostFacts {
        checks = List.copyOf(checks);
        warnings = List.copyOf(warnings);
    }

    /** Of a kernel of which no bug is known. */
    HostFacts(String kernelRelease, String architecture, List<Check> checks) {
        this(kernelRelease, architecture, checks, List.of());
    }

    /**
     * One thing that probes need.
     *
     * @param detail what was found
     * @param problem when it is not there: a sentence that names it and the remedy
     * @param preventsChecking without it, nothing can be said of the probes
     */
    record Check(String name, String detail, @Nullable String problem, boolean preventsChecking) {}

    /** What {@code run} and {@code trace} cannot do without: the first problem there is, or null. */
    @Nullable
    Check firstProblem() {
        return checks.stream()
                .filter(check -> check.problem() != null)
                .findFirst()
                .orElse(null);
    }

    /** The facts of the machine whose files are below the root. */
    static HostFacts read(Path root, String osName, String osVersion, String architecture) {
        if (!osName.equals("Linux")) {
            String problem = "Node Vitals observes the Linux kernel and this is " + osName
                    + ": run it on a Linux machine or in a Linux VM.";
            return new HostFacts(
                    osVersion, architecture, List.of(new Check("operating system", osName, problem, true)));
        }
        List<Check> checks = new ArrayList<>();
        checks.add(capabilities(root));
        checks.add(btf(root));
        checks.add(tracefs(root));
        checks.add(new Check("cgroups", cgroups(root), null, false));
        return new HostFacts(osVersion, architecture, checks, KernelBugs.of(root));
    }

    private static Check capabilities(Path root) {
        long effective = 0;
        for (String line : lines(root.resolve("proc/self/status"))) {
            if (line.startsWith("CapEff:")) {
                effective = Long.parseUnsignedLong(
                        line.substring("CapEff:".length()).strip(), 16);
            }
        }
        boolean admin = has(effective, CAP_SYS_ADMIN);
        boolean enough = admin || (has(effective, CAP_BPF) && has(effective, CAP_PERFMON));
        return new Check(
                "privileges",
                admin
                        ? "CAP_SYS_ADMIN"
                        : enough ? "CAP_BPF and CAP_PERFMON" : "neither CAP_SYS_ADMIN nor CAP_BPF and CAP_PERFMON",
                enough
                        ? null
                        : "Attaching probes needs root, or the capabilities CAP_BPF and CAP_PERFMON: run it as root, with sudo"
                                + " for example.",
                true);
    }

    private static Check btf(Path root) {
        boolean there = Files.isReadable(root.resolve("sys/kernel/btf/vmlinux"));
        return new Check(
                "kernel BTF",
                there ? "/sys/kernel/btf/vmlinux" : "no /sys/kernel/btf/vmlinux",
                there
                        ? null
                        : "This kernel tells nothing of its types (no /sys/kernel/btf/vmlinux), without which probes cannot be"
                                + " loaded: boot a kernel built with CONFIG_DEBUG_INFO_BTF, as Debian 11, Ubuntu 20.10 and later"
                                + " have.",
                false);
    }

    // libbpf looks in both places.
    private static Check tracefs(Path root) {
        String closed = null;
        for (String place : List.of("/sys/kernel/tracing", "/sys/kernel/debug/tracing")) {
            Path directory = root.resolve(place.substring(1));
            if (Files.isDirectory(directory.resolve("events"))) {
                return new Check("tracefs", place, null, false);
            }
            if (closed == null && Files.isDirectory(directory) && !Files.isExecutable(directory)) {
                closed = place;
            }
        }
        return closed == null
                ? new Check(
                        "tracefs",
                        "not mounted",
                        "tracefs is not mounted, without which tracepoints cannot be found: mount -t tracefs tracefs"
                                + " /sys/kernel/tracing",
                        false)
                : new Check(
                        "tracefs",
                        closed + ", closed to this user",
                        closed
                                + " may not be read by this user, without which tracepoints cannot be found: run it as root or"
                                + " add the capability CAP_DAC_READ_SEARCH.",
                        false);
    }

    private static String cgroups(Path root) {
        List<String> found = new ArrayList<>();
        for (String line : lines(root.resolve("proc/self/mounts"))) {
            String[] fields = line.split(" ", -1);
            if (fields.length < 4) {
                continue;
            }
            if (fields[2].equals("cgroup2")) {
                found.add("v2 on " + fields[1]);
            } else if (fields[2].equals("cgroup")
                    && List.of(fields[3].split(",", -1)).contains("memory")) {
                found.add("v1 memory on " + fields[1]);
            }
        }
        return found.isEmpty() ? "none mounted: events cannot be told apart by pod" : String.join(", ", found);
    }

    private static boolean has(long capabilities, int capability) {
        return ((capabilities >>> capability) & 1) != 0;
    }

    // A file that cannot be read offers nothing: the check then says what is missing.
    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of();
        }
    }
}
