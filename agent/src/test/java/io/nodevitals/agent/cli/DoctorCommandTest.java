// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.http.JsonObject;
import io.nodevitals.agent.runtime.AgentStartException;
import io.nodevitals.agent.runtime.NodeAgentFactory.Purpose;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {
    private static final String[] DOCTOR = {"doctor", "--http-address", "127.0.0.1:0"};

    private final Command command = new Command();

    @Test
    void allAttachedIsFine() {
        assertThat(command.run(DOCTOR)).isZero();
        assertThat(command.out())
                .contains("  exec  attached     tp_btf")
                .contains("not by fexit: EPERM: the kernel refuses fexit programs")
                .contains("Missed, because the kernel skipped the program: none; unknown for exec")
                .doesNotContain("Tax")
                .contains("Rings: lifecycle 1 MiB (4 KiB waiting)")
                .contains("2 of 2 probes attached.");
        assertThat(command.agent.purpose).isEqualTo(Purpose.DOCTOR);
        assertThat(command.agent.closed).isTrue();
    }

    @Test
    void aSyscallTracepointIsReportedAsATaxOnEverySyscall() {
        command.agent.status = Samples.status(Samples.attached("exec"), Samples.onSyscallTracepoint("mmap"));
        assertThat(command.run(DOCTOR)).isZero();
        assertThat(command.out())
                .contains("Tax: mmap by syscall tracepoint, which slows every system call of every process here.");
    }

    @Test
    void aProbeThatIsNotAttachedIsAProblemWithAReasonAndARemedy() {
        command.agent.status = Samples.status(Samples.attached("exec"), Samples.unsupported("oom"));
        assertThat(command.run(DOCTOR)).isEqualTo(1);
        assertThat(command.out())
                .contains("  oom   unsupported  ENOENT: no kprobes in this kernel")
                .contains("what would help: boot a kernel with CONFIG_KPROBES")
                .contains("1 of 2 probes attached.");
    }

    @Test
    void withoutPrivilegesItCouldNotCheck() {
        command.host = HostFacts.read(Path.of("/nowhere"), "Linux", "6.1", "amd64");
        assertThat(command.run(DOCTOR)).isEqualTo(3);
        assertThat(command.out()).contains("privileges", "missing", "Attaching probes needs root");
        assertThat(command.agent.started).isNotDone();
    }

    @Test
    void onAnotherSystemItCouldNotCheck() {
        command.host = HostFacts.read(Path.of("/nowhere"), "Mac OS X", "15", "aarch64");
        assertThat(command.run(DOCTOR)).isEqualTo(3);
        assertThat(command.out()).contains("observes the Linux kernel and this is Mac OS X");
    }

    @Test
    void whatTheKernelLacksIsAProblem() {
        command.host = new HostFacts(
                "4.4",
                "amd64",
                List.of(new HostFacts.Check("kernel BTF", "no", "This kernel has none: boot another.", false)));
        assertThat(command.run(DOCTOR)).isEqualTo(1);
        assertThat(command.out()).contains("This kernel has none: boot another.");
    }

    @Test
    void anAgentThatCannotStartIsAProblem() {
        command.agent.refusal = new AgentStartException(
                AgentStartException.Kind.ENVIRONMENT, "libbpf.so.1 is missing: apt-get install libbpf1.", null);
        assertThat(command.run(DOCTOR)).isEqualTo(1);
        assertThat(command.out()).contains("libbpf.so.1 is missing");
    }

    @Test
    void jsonSaysTheSame() throws Exception {
        command.agent.status = Samples.status(Samples.unsupported("oom"));
        assertThat(command.run("doctor", "--json", "--http-address", "127.0.0.1:0"))
                .isEqualTo(1);
        JsonObject report = JsonObject.parse(command.out().strip());
        assertThat(report.string("kernel_release")).isEqualTo("6.18.0-test");
        assertThat(command.out())
                .contains("\"state\":\"unsupported\"", "\"remedy\":\"boot a kernel with CONFIG_KPROBES\"");
    }
}
