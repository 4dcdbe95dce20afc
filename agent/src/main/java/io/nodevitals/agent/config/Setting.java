// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Every setting there is. Its key is the flag without dashes ({@code --http-address}) and the variable in lower case
 * ({@code NODEVITALS_HTTP_ADDRESS}).
 */
public final class Setting<T> {
    /** What every variable of ours begins with. */
    public static final String VARIABLE_PREFIX = "NODEVITALS_";

    private static final long SMALLEST_RING_BYTES = 1 << 12;
    // The kernel maps a ring's data twice, and both must fit into one ByteBuffer.
    private static final long LARGEST_RING_BYTES = 1 << 29;

    private static final int LARGEST_BUDGET = 1_000_000;

    public static final Setting<ListenAddress> HTTP_ADDRESS = new Setting<>(
            "http-address",
            "127.0.0.1:9464",
            Setting::parseLoopback,
            "a loopback address and port, such as 127.0.0.1:9464 or [::1]:9464"
                    + " (page and API ask nobody who they are; --metrics-address may be any address)",
            "Where the page, the API, /metrics and health are served: loopback only. Port 0 takes any free one.");

    public static final Setting<Optional<ListenAddress>> METRICS_ADDRESS = new Setting<>(
            "metrics-address",
            "",
            optional(ListenAddress::parse),
            "an address and port, such as 10.0.0.7:9465 or [::]:9465",
            "A second place for /metrics, /healthz and /readyz alone, such as the pod's IP.");

    public static final Setting<AttachMode> ATTACH = ofEnum(
            "attach",
            AttachMode.class,
            AttachMode.AUTO,
            "How probes attach; auto takes the best that the kernel allows.");

    public static final Setting<Long> LIFECYCLE_RING_SIZE =
            ringSize("lifecycle-ring-size", "1MiB", "Size of the ring for exec, exit, signal, OOM and cgroup records.");

    public static final Setting<Long> MEMORY_RING_SIZE =
            ringSize("memory-ring-size", "1MiB", "Size of the ring for mmap, munmap, mremap and brk records.");

    /** Records per cgroup and second; 0 for none. */
    public static final Setting<Integer> LIFECYCLE_BUDGET = new Setting<>(
            "lifecycle-budget",
            "5000",
            Setting::parseBudget,
            "a number of records from 0 (no budget) to 1000000",
            "Records of forks, execs, plain exits and cgroup changes that one cgroup may have in a second; the rest is counted"
                    + " without a record.");

    public static final Setting<List<String>> KUBEPODS_ROOT = new Setting<>(
            "kubepods-root",
            "/kubepods,/kubepods.slice,/kubelet/kubepods,/kubelet.slice/kubelet-kubepods.slice",
            Setting::parseCgroupPaths,
            "absolute cgroup paths below the hierarchy's root, separated by commas, such as /kubepods.slice",
            "The cgroups below which the kubelet keeps its pods; what imitates a pod elsewhere is not believed.");

    public static final Setting<Optional<Path>> CGROUP_MOUNT = new Setting<>(
            "cgroup-mount",
            "",
            optional(Setting::parseAbsolutePath),
            "an absolute path, such as /host/sys/fs/cgroup",
            "Where cgroups are mounted, when not where the mount table says.");

    public static final Setting<Path> PROC_ROOT = new Setting<>(
            "proc-root",
            "/proc",
            Setting::parseAbsolutePath,
            "an absolute path, such as /host/proc",
            "The host's /proc, where it is mounted into a container.");

    public static final Setting<Path> POD_LOGS = new Setting<>(
            "pod-logs",
            "/var/log/pods",
            Setting::parseAbsolutePath,
            "an absolute path",
            "The kubelet's log directory, whose names tell pod, namespace and container names.");

    public static final Setting<Optional<String>> NODE_NAME = new Setting<>(
            "node-name",
            "",
            optional(Setting::parseName),
            "1 to 253 letters, digits, dots, dashes and underscores",
            "The Kubernetes node's name, also taken from K8S_NODE_NAME or NODE_NAME. Unset, it is the host's name.");

    public static final Setting<SpanMode> SPANS =
            ofEnum("spans", SpanMode.class, SpanMode.ABNORMAL, "Which processes become spans.");

    public static final Setting<ExitEvents> EXIT_EVENTS = ofEnum(
            "exit-events",
            ExitEvents.class,
            ExitEvents.OFF,
            "Whether a plain exit with a code other than 0 is an event too. Exits are counted in any case.");

    public static final Setting<CommandLines> COMMAND_LINES = ofEnum(
            "command-lines",
            CommandLines.class,
            CommandLines.OFF,
            "Whether events of a process carry the arguments that it was called with, in which there may be secrets.");

    public static final Setting<Duration> CANARY_INTERVAL = new Setting<>(
            "canary-interval",
            "30s",
            Setting::parseCanaryInterval,
            "a duration from 1s to 1h, such as 30s or 5m",
            "How often the agent proves to itself, by a failed exec of its own, that records still arrive.");

    /** All of them, in the order of the help. */
    public static final List<Setting<?>> ALL = List.of(
            HTTP_ADDRESS,
            METRICS_ADDRESS,
            ATTACH,
            LIFECYCLE_RING_SIZE,
            MEMORY_RING_SIZE,
            LIFECYCLE_BUDGET,
            KUBEPODS_ROOT,
            CGROUP_MOUNT,
            PROC_ROOT,
            POD_LOGS,
            NODE_NAME,
            SPANS,
            EXIT_EVENTS,
            COMMAND_LINES,
            CANARY_INTERVAL);

    private final String key;
    private final String defaultText;
    private final ValueParser<T> parser;
    private final String allowed;
    private final String help;

    private Setting(String key, String defaultText, ValueParser<T> parser, String allowed, String help) {
        this.key = key;
        this.defaultText = defaultText;
        this.parser = parser;
        this.allowed = allowed;
        this.help = help;
    }

    /** Such as {@code http-address}. */
    public String key() {
        return key;
    }

    /** Such as {@code --http-address}. */
    public String flag() {
        return "--" + key;
    }

    /** Such as {@code NODEVITALS_HTTP_ADDRESS}. */
    public String variable() {
        return VARIABLE_PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /** As one would write it; empty when the setting is unset by default. */
    public String defaultText() {
        return defaultText;
    }

    /** What a value may be. */
    public String allowed() {
        return allowed;
    }

    /** What it is for: one sentence or two. */
    public String help() {
        return help;
    }

    T parse(String text) {
        return parser.parse(text);
    }

    @Override
    public String toString() {
        return key;
    }

    private static <E extends Enum<E>> Setting<E> ofEnum(String key, Class<E> type, E byDefault, String help) {
        List<String> words = Arrays.stream(type.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .toList();
        ValueParser<E> parser = text -> {
            int index = words.indexOf(text);
            if (index < 0) {
                throw new IllegalArgumentException("not one of the words");
            }
            return type.getEnumConstants()[index];
        };
        String allowed = "one of " + words.stream().collect(Collectors.joining(", "));
        return new Setting<>(key, byDefault.name().toLowerCase(Locale.ROOT), parser, allowed, help);
    }

    private static Setting<Long> ringSize(String key, String byDefault, String help) {
        ValueParser<Long> parser = text -> {
            long bytes = Quantities.parseBytes(text);
            if (bytes < SMALLEST_RING_BYTES || bytes > LARGEST_RING_BYTES || Long.bitCount(bytes) != 1) {
                throw new IllegalArgumentException("not a power of two in range");
            }
            return bytes;
        };
        return new Setting<>(
                key, byDefault, parser, "a power of two from 4KiB to 512MiB, such as 262144, 256KiB or 1MiB", help);
    }

    private static <T> ValueParser<Optional<T>> optional(Function<String, T> parser) {
        return text -> text.isEmpty() ? Optional.empty() : Optional.of(parser.apply(text));
    }

    private static ListenAddress parseLoopback(String text) {
        ListenAddress address = ListenAddress.parse(text);
        if (!address.isLoopback()) {
            throw new IllegalArgumentException("not a loopback address");
        }
        return address;
    }

    private static Path parseAbsolutePath(String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("not absolute");
        }
        return path.normalize();
    }

    private static List<String> parseCgroupPaths(String text) {
        List<String> paths = Arrays.stream(text.split(",", -1))
                .map(path -> path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path)
                .toList();
        for (String path : paths) {
            // The hierarchy's own root as an anchor would make every cgroup on the node believable.
            if (!path.matches("(/[^/\\p{Cntrl}]+)+")
                    || !Path.of(path).normalize().toString().equals(path)) {
                throw new IllegalArgumentException("not a cgroup path: " + path);
            }
        }
        return paths;
    }

    private static String parseName(String text) {
        if (!text.matches("[A-Za-z0-9._-]{1,253}")) {
            throw new IllegalArgumentException("not a node's name");
        }
        return text;
    }

    private static int parseBudget(String text) {
        if (!text.matches("[0-9]{1,7}")) {
            throw new IllegalArgumentException("not a number");
        }
        int budget = Integer.parseInt(text);
        if (budget > LARGEST_BUDGET) {
            throw new IllegalArgumentException("out of range");
        }
        return budget;
    }

    private static Duration parseCanaryInterval(String text) {
        Duration interval = Quantities.parseDuration(text);
        if (interval.compareTo(Duration.ofSeconds(1)) < 0 || interval.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("out of range");
        }
        return interval;
    }
}
