// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** Reads /proc and /sys for {@link KernelFeatures}; a root other than / is for tests. */
final class KernelFeatureDetector {
    private static final String MOUNT_TRACEFS = "mount -t tracefs tracefs /sys/kernel/tracing";

    private static final String PREEMPTION = "/sys/kernel/debug/sched/preempt";
    private static final String NON_PREEMPTIVE = "non-preemptive kernel";
    private static final String GRAPH_RETURNS = "function graph returns";
    private static final Pattern MODEL_IN_FORCE = Pattern.compile("\\((\\w+)\\)");
    private static final Pattern MODEL_ASKED_FOR = Pattern.compile("(?:^| )preempt=(\\w+)");

    private final Path root;
    private final String release;

    KernelFeatureDetector(Path root) {
        this.root = root;
        this.release = read("proc/sys/kernel/osrelease").orElse("unknown");
    }

    KernelFeatures detect() {
        Set<Capability> capabilities = capabilities();
        return new KernelFeatures(
                release,
                btf(),
                tracefs(),
                kprobes(),
                lockdown(),
                nonPreemptive(),
                graphReturns(),
                privileges(capabilities),
                capabilities);
    }

    private KernelFeature btf() {
        Path vmlinux = root.resolve("sys/kernel/btf/vmlinux");
        if (Files.isReadable(vmlinux)) {
            return KernelFeature.available("BTF", "/sys/kernel/btf/vmlinux is there");
        }
        if (Files.exists(vmlinux)) {
            return KernelFeature.unavailable("BTF", "/sys/kernel/btf/vmlinux cannot be read", "make it readable");
        }
        return KernelFeature.unavailable(
                "BTF",
                "/sys/kernel/btf/vmlinux is missing" + config("CONFIG_DEBUG_INFO_BTF"),
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y, and mount sysfs on /sys");
    }

    private KernelFeature tracefs() {
        for (String directory : new String[] {"sys/kernel/tracing", "sys/kernel/debug/tracing"}) {
            if (Files.isReadable(root.resolve(directory).resolve("events"))) {
                return KernelFeature.available("tracefs", "mounted on /" + directory);
            }
        }
        Optional<String> mounts = read("proc/self/mounts");
        boolean mounted = mounts.map(text -> text.lines().anyMatch(line -> line.contains(" tracefs ")))
                .orElse(false);
        if (mounted) {
            return KernelFeature.unavailable(
                    "tracefs",
                    "tracefs is mounted, but this process may not read it",
                    "run as root, or add CAP_DAC_READ_SEARCH");
        }
        return KernelFeature.unavailable("tracefs", "tracefs is not mounted on /sys/kernel/tracing", MOUNT_TRACEFS);
    }

    /** The perf event source is what libbpf attaches through; the kernel has it exactly when CONFIG_KPROBE_EVENTS is set. */
    private KernelFeature kprobes() {
        Path sources = root.resolve("sys/bus/event_source/devices");
        if (Files.isDirectory(sources.resolve("kprobe"))) {
            return KernelFeature.available("kprobes", "/sys/bus/event_source/devices/kprobe is there");
        }
        if (!Files.isDirectory(sources)) {
            return KernelFeature.unknown("kprobes", "/sys/bus/event_source/devices is missing: is sysfs mounted?");
        }
        return KernelFeature.unavailable(
                "kprobes",
                "this kernel has no kprobes: /sys/bus/event_source/devices/kprobe is missing"
                        + config("CONFIG_KPROBES"),
                "use a kernel built with CONFIG_KPROBES=y and CONFIG_KPROBE_EVENTS=y");
    }

    private KernelFeature lockdown() {
        Optional<String> lockdown = read("sys/kernel/security/lockdown");
        if (lockdown.isEmpty()) {
            return KernelFeature.available("lockdown", "not in force: /sys/kernel/security/lockdown is missing");
        }
        if (lockdown.get().contains("[confidentiality]")) {
            return KernelFeature.unavailable(
                    "lockdown",
                    "kernel lockdown is at confidentiality, which forbids BPF to read kernel memory",
                    "boot with lockdown=integrity");
        }
        return KernelFeature.available("lockdown", lockdown.get());
    }

    /**
     * The model in force is in debugfs alone (kernel/sched/debug.c, {@code sched_dynamic_show}: the one in parentheses). Elsewhere the
     * build's name tells (scripts/mkcompile_h), unless it leaves the choice to the boot: then the command line, where it says.
     */
    private KernelFeature nonPreemptive() {
        Optional<String> model = read("sys/kernel/debug/sched/preempt")
                .flatMap(text -> firstGroup(MODEL_IN_FORCE, text).map(name -> name + " in " + PREEMPTION));
        String version = read("proc/sys/kernel/version").orElse("");
        if (model.isEmpty() && version.contains(" PREEMPT_DYNAMIC")) {
            model = read("proc/cmdline")
                    .flatMap(line ->
                            firstGroup(MODEL_ASKED_FOR, line).map(name -> name + " on the kernel's command line"));
            if (model.isEmpty()) {
                return KernelFeature.unknown(
                        NON_PREEMPTIVE,
                        "this kernel may preempt itself: it is PREEMPT_DYNAMIC, and " + PREEMPTION + " cannot be read");
            }
        }
        boolean preempts = model.map(text -> !text.startsWith("none ") && !text.startsWith("voluntary "))
                .orElseGet(() -> version.contains(" PREEMPT"));
        String evidence = model.orElseGet(() -> "uname -v: " + version);
        return preempts
                ? KernelFeature.unavailable(NON_PREEMPTIVE, "this kernel preempts itself (" + evidence + ")", null)
                : KernelFeature.available(NON_PREEMPTIVE, "this kernel does not preempt itself (" + evidence + ")");
    }

    /** Since 6.14 (4346ba160409) an fprobe is one of the function graph's users, and such a kernel has a type for its table of them. */
    private KernelFeature graphReturns() {
        try {
            byte[] types = Files.readAllBytes(root.resolve("sys/kernel/btf/vmlinux"));
            if (new String(types, StandardCharsets.ISO_8859_1).contains("\0fprobe_hlist\0")) {
                return KernelFeature.available(GRAPH_RETURNS, "this kernel's fprobes use the function graph");
            }
            return KernelFeature.unavailable(
                    GRAPH_RETURNS, "this kernel's BTF has no fprobe_hlist, which 6.14 brought", null);
        } catch (IOException unreadable) {
            return KernelFeature.unknown(GRAPH_RETURNS, "/sys/kernel/btf/vmlinux cannot be read");
        }
    }

    private static Optional<String> firstGroup(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private KernelFeature privileges(Set<Capability> held) {
        Set<Capability> missing = Capability.missingForTracing(held);
        if (missing.isEmpty()) {
            return KernelFeature.available(
                    "privileges", "holds " + held.stream().map(Enum::name).collect(Collectors.joining(", ")));
        }
        String names = missing.stream().map(Enum::name).collect(Collectors.joining(" and "));
        return KernelFeature.unavailable("privileges", "this process lacks " + names, "run as root, or add " + names);
    }

    private Set<Capability> capabilities() {
        return read("proc/self/status").stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith("CapEff:"))
                .map(line -> Capability.ofMask(
                        Long.parseUnsignedLong(line.substring(7).strip(), 16)))
                .findFirst()
                .orElseGet(() -> EnumSet.noneOf(Capability.class));
    }

    /** What the kernel's configuration says of an option, as a clause to append; empty when there is no configuration to read. */
    private String config(String option) {
        Optional<String> line = configLine("proc/config.gz", option);
        if (line.isPresent()) {
            return ", and /proc/config.gz says \"" + line.get() + "\"";
        }
        String file = "boot/config-" + release;
        return configLine(file, option)
                .map(found -> ", and /" + file + " says \"" + found + "\"")
                .orElse("");
    }

    private Optional<String> configLine(String file, String option) {
        Path path = root.resolve(file);
        if (!Files.isReadable(path)) {
            return Optional.empty();
        }
        try (var raw = Files.newInputStream(path);
                var stream = file.endsWith(".gz") ? new GZIPInputStream(raw) : raw;
                var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> line.startsWith(option + "=") || line.equals("# " + option + " is not set"))
                    .findFirst();
        } catch (IOException unreadable) {
            // The configuration is only more evidence for what is known already.
            return Optional.empty();
        }
    }

    private Optional<String> read(String file) {
        try {
            return Optional.of(Files.readString(root.resolve(file)).strip());
        } catch (IOException missing) {
            return Optional.empty();
        }
    }
}
