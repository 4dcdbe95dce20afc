// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The probes of this build, read from the jar for this machine's architecture. */
public final class ProbeCatalog {
    /** All probes, in the order in which they are attached: who exists, before what they do. */
    public static final List<String> PROBES = List.of(
            "cgroup",
            "fork",
            "exec",
            "exit",
            "signal_generate",
            "signal_deliver",
            "oom",
            "exec_failure",
            "mmap",
            "munmap",
            "mremap",
            "brk");

    /** The object that declares the shared maps and has no program. */
    static final String MAPS = "maps";

    private ProbeCatalog() {}

    /**
     * Reads every probe's object.
     *
     * @throws IllegalStateException when the build has no objects for this architecture
     */
    public static List<ProbeDefinition> load() {
        return PROBES.stream().map(ProbeCatalog::load).toList();
    }

    static ProbeDefinition load(String name) {
        return ProbeDefinition.of(name, image(name));
    }

    static byte[] image(String name) {
        return image(architecture(System.getProperty("os.arch", "")), name);
    }

    static byte[] image(String architecture, String name) {
        String resource = "/io/nodevitals/bpf/objects/" + architecture + "/" + name + ".bpf.o";
        try (InputStream stream = ProbeCatalog.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("this build has no " + resource + ": was it built without clang?");
            }
            return stream.readAllBytes();
        } catch (IOException exception) {
            throw new UncheckedIOException(resource, exception);
        }
    }

    /** Directory of the objects for a JVM's {@code os.arch}. */
    static String architecture(String osArch) {
        return switch (osArch) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm64";
            default ->
                throw new IllegalStateException(
                        "os.arch=" + osArch + ": BPF programs are built for x86_64 and arm64 only");
        };
    }
}
