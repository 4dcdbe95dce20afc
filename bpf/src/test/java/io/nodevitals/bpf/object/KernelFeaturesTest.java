// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.object.KernelFeature.State;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelFeaturesTest {
    @TempDir
    Path root;

    @BeforeEach
    void aKernelWithEverything() throws IOException {
        write("proc/sys/kernel/osrelease", "6.1.0-28-amd64\n");
        write("proc/self/status", "Name:\tjava\nCapEff:\t000000c000000000\nCapBnd:\t0\n");
        write("sys/kernel/btf/vmlinux", "\0fprobe\0fprobe_hlist\0");
        write("proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.0-1\n");
        write("proc/cmdline", "root=/dev/vda quiet\n");
        write("sys/kernel/debug/sched/preempt", "none (voluntary) full \n");
        Files.createDirectories(root.resolve("sys/kernel/tracing/events"));
        Files.createDirectories(root.resolve("sys/bus/event_source/devices/kprobe"));
        write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    }

    @Test
    void aKernelWithEverythingHasEverything() {
        KernelFeatures features = KernelFeatures.detect(root);

        assertThat(features.release()).isEqualTo("6.1.0-28-amd64");
        assertThat(features.all()).extracting(KernelFeature::state).containsOnly(State.AVAILABLE);
        assertThat(features.capabilities()).containsExactlyInAnyOrder(Capability.CAP_BPF, Capability.CAP_PERFMON);
    }

    @Test
    void aMissingCapabilityIsNamed() throws IOException {
        write("proc/self/status", "CapEff:\t0000008000000000\n");

        KernelFeature privileges = KernelFeatures.detect(root).privileges();
        assertThat(privileges.state()).isEqualTo(State.UNAVAILABLE);
        assertThat(privileges.reason()).isEqualTo("this process lacks CAP_PERFMON");
        assertThat(privileges.remedy()).isEqualTo("run as root, or add CAP_PERFMON");
    }

    @Test
    void sysAdminStandsForBoth() throws IOException {
        write("proc/self/status", "CapEff:\t0000000000200000\n");

        assertThat(KernelFeatures.detect(root).privileges().state()).isEqualTo(State.AVAILABLE);
    }

    @Test
    void missingBtfQuotesTheKernelsConfiguration() throws IOException {
        Files.delete(root.resolve("sys/kernel/btf/vmlinux"));
        write("boot/config-6.1.0-28-amd64", "CONFIG_BPF=y\n# CONFIG_DEBUG_INFO_BTF is not set\n");

        KernelFeature btf = KernelFeatures.detect(root).btf();
        assertThat(btf.state()).isEqualTo(State.UNAVAILABLE);
        assertThat(btf.reason())
                .isEqualTo("/sys/kernel/btf/vmlinux is missing, and /boot/config-6.1.0-28-amd64 says"
                        + " \"# CONFIG_DEBUG_INFO_BTF is not set\"");
    }

    @Test
    void missingKprobesQuoteTheRunningConfiguration() throws IOException {
        Files.delete(root.resolve("sys/bus/event_source/devices/kprobe"));
        try (OutputStream file = Files.newOutputStream(root.resolve("proc/config.gz"));
                OutputStream gzip = new GZIPOutputStream(file)) {
            gzip.write("# CONFIG_KPROBES is not set\n".getBytes(StandardCharsets.US_ASCII));
        }

        KernelFeature kprobes = KernelFeatures.detect(root).kprobes();
        assertThat(kprobes.state()).isEqualTo(State.UNAVAILABLE);
        assertThat(kprobes.reason()).endsWith("/proc/config.gz says \"# CONFIG_KPROBES is not set\"");
    }

    @Test
    void withoutSysfsKprobesAreUnknownNotMissing() throws IOException {
        Files.delete(root.resolve("sys/bus/event_source/devices/kprobe"));
        Files.delete(root.resolve("sys/bus/event_source/devices"));

        assertThat(KernelFeatures.detect(root).kprobes().state()).isEqualTo(State.UNKNOWN);
    }

    @Test
    void tracefsThatIsNotMountedDiffersFromTracefsThatMayNotBeRead() throws IOException {
        Files.delete(root.resolve("sys/kernel/tracing/events"));

        assertThat(KernelFeatures.detect(root).tracefs().remedy())
                .isEqualTo("mount -t tracefs tracefs /sys/kernel/tracing");

        write("proc/self/mounts", "tracefs /sys/kernel/tracing tracefs rw 0 0\n");
        assertThat(KernelFeatures.detect(root).tracefs().remedy()).isEqualTo("run as root, or add CAP_DAC_READ_SEARCH");
    }

    @Test
    void lockdownStandsInTheWayAtConfidentialityOnly() throws IOException {
        write("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");

        KernelFeature lockdown = KernelFeatures.detect(root).lockdown();
        assertThat(lockdown.state()).isEqualTo(State.UNAVAILABLE);
        assertThat(lockdown.remedy()).isEqualTo("boot with lockdown=integrity");
    }

    @ParameterizedTest
    @CsvSource({
        // What debugfs shows, the build's name, the command line.
        "none (voluntary) full, PREEMPT_DYNAMIC, '', AVAILABLE",
        "(none) voluntary full, PREEMPT_DYNAMIC, preempt=full, AVAILABLE",
        "none voluntary (full), PREEMPT_DYNAMIC, '', UNAVAILABLE",
        "full (lazy), PREEMPT_DYNAMIC, '', UNAVAILABLE",
        ", PREEMPT_DYNAMIC, quiet preempt=voluntary, AVAILABLE",
        ", PREEMPT_DYNAMIC, preempt=lazy quiet, UNAVAILABLE",
        ", PREEMPT_DYNAMIC, x.preempt=none, UNKNOWN",
        ", PREEMPT_RT, '', UNAVAILABLE",
        ", PREEMPT, '', UNAVAILABLE",
        ", '', preempt=full, AVAILABLE",
    })
    void aKernelThatPreemptsItselfSaysSoWhereItCan(
            @Nullable String model, String build, String commandLine, State nonPreemptive) throws IOException {
        write("proc/sys/kernel/version", "#1 SMP " + build + " Debian 6.1.0-1\n");
        write("proc/cmdline", commandLine + "\n");
        if (model == null) {
            Files.delete(root.resolve("sys/kernel/debug/sched/preempt"));
        } else {
            write("sys/kernel/debug/sched/preempt", model + " \n");
        }

        assertThat(KernelFeatures.detect(root).nonPreemptive().state()).isEqualTo(nonPreemptive);
    }

    @Test
    void returnsAreSeenByTheFunctionGraphWhereItsTableHasAType() throws IOException {
        write("sys/kernel/btf/vmlinux", "\0fprobe\0fprobe_hlist_node\0");
        assertThat(KernelFeatures.detect(root).graphReturns().state()).isEqualTo(State.UNAVAILABLE);

        Files.delete(root.resolve("sys/kernel/btf/vmlinux"));
        assertThat(KernelFeatures.detect(root).graphReturns().state()).isEqualTo(State.UNKNOWN);
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
