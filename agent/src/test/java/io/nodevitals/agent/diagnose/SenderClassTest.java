// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Signals.SIGKILL;
import static io.nodevitals.agent.diagnose.Signals.SI_KERNEL;
import static io.nodevitals.agent.diagnose.Signals.SI_USER;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.Story.Who;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SenderClassTest {
    private final Story story = new Story();

    @ParameterizedTest
    @CsvSource({
        "10, /usr/bin/kubelet, KUBELET",
        "10, /usr/local/bin/k3s, KUBELET",
        "10, /usr/bin/containerd-shim-runc-v2, CONTAINER_RUNTIME",
        "10, /usr/sbin/runc, CONTAINER_RUNTIME",
        "10, /usr/bin/conmon, CONTAINER_RUNTIME",
        "1,  /usr/bin/dockerd, CONTAINER_RUNTIME",
        "10, /usr/bin/earlyoom, HOST_PROCESS",
        "21, /usr/bin/kubelet, SAME_CONTAINER",
        "21, /usr/sbin/runc, SAME_CONTAINER",
        "22, /usr/bin/kubelet,",
        "31, /usr/bin/kubelet,",
        "99, /usr/bin/kubelet,",
    })
    void aNameCountsOnTheHostOnly(int cgroup, String path, SenderClass expected) {
        Who sender = story.run(500, cgroup, path);
        Who target = story.run(600, Story.IN_CONTAINER, "/usr/bin/app");
        kill(sender, target);

        assertThat(story.termination().sender().senderClass()).isEqualTo(expected);
        assertThat(story.termination().sender().pid()).isEqualTo(500);
    }

    @Test
    void theParentIsKnownByIdentity() {
        Who parent = story.run(500, Story.IN_CONTAINER, "/usr/bin/supervisor");
        Who target = story.fork(parent, 600, Story.IN_CONTAINER);
        kill(parent, target);

        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.PARENT);
        assertThat(story.termination().subject().executableName())
                .as("a fork runs its parent's program")
                .isEqualTo("supervisor");
    }

    @Test
    void aParentThatEndsIsStillTheParent() {
        Who parent = story.run(500, Story.IN_CONTAINER, "/usr/bin/supervisor");
        Who reaper = story.run(400, Story.IN_CONTAINER, "/sbin/tini");
        Who target = story.fork(parent, 600, Story.IN_CONTAINER);
        target.parent = reaper;
        kill(parent, target);

        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.PARENT);
    }

    @Test
    void aShimThatKillsItsChildIsTheRuntime() {
        Who shim = story.run(500, Story.HOST_SERVICE, "/usr/bin/containerd-shim-runc-v2");
        Who target = story.fork(shim, 600, Story.IN_CONTAINER);
        kill(shim, target);

        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.CONTAINER_RUNTIME);
    }

    @Test
    void anUnseenSenderIsNamedByItsComm() {
        Who unseen = story.unseen(500, Story.HOST_SERVICE, "runc");
        Who target = story.run(600, Story.IN_CONTAINER, "/usr/bin/app");
        kill(unseen, target);

        assertThat(story.termination().sender())
                .isEqualTo(new Sender(500, "runc", SenderClass.CONTAINER_RUNTIME, Workload.HOST));
    }

    @Test
    void conmonInThePodsCgroupIsTheRuntimeForItIsInTheHostsMountNamespace() {
        story.run(1, Story.HOST_ROOT, "/usr/lib/systemd/systemd");
        Who conmon = story.run(500, Story.POD_CGROUP, "/usr/bin/conmon");
        Who target = story.run(600, Story.IN_CONTAINER, "/usr/bin/app");
        kill(conmon, target);

        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.CONTAINER_RUNTIME);
    }

    @Test
    void theEndOfAPidNamespaceIsTheKernelsDoingAndNamesWhoseEndItWas() {
        Who init = story.run(500, Story.IN_CONTAINER, "/sbin/tini");
        Who target = story.run(600, Story.IN_CONTAINER, "/usr/bin/app");
        story.signal(init, target, SIGKILL, SI_KERNEL);
        story.exit(target, SIGKILL);

        Termination end = story.termination();
        assertThat(end.cause()).isEqualTo(TerminationCause.KILLED);
        assertThat(end.sender().senderClass()).isEqualTo(SenderClass.KERNEL);
        assertThat(end.sender().pid()).isEqualTo(500);
        assertThat(end.summary()).contains("while tini (pid 500) ended");
    }

    @Test
    void theCurrentTaskOfAnInterruptIsNoSender() {
        Who bystander = story.run(500, Story.IN_STRANGER, "/usr/bin/bystander");
        Who target = story.run(600, Story.IN_CONTAINER, "/usr/bin/app");
        story.signal(bystander, target, Signals.SIGALRM, SI_KERNEL);
        story.exit(target, Signals.SIGALRM);

        assertThat(story.termination().sender().pid()).isZero();
        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.KERNEL);
        assertThat(story.termination().summary()).doesNotContain("bystander");
    }

    @Test
    void aSenderThatIsGoneIsStillKnown() {
        Who sender = story.run(500, Story.HOST_SERVICE, "/usr/bin/stop-all");
        Who target = story.run(600, Story.IN_CONTAINER, "/usr/bin/app");
        story.signal(sender, target, SIGKILL, SI_USER);
        story.exit(sender, 0);
        story.exit(target, SIGKILL);

        assertThat(story.termination().sender().executableName()).isEqualTo("stop-all");
    }

    private void kill(Who sender, Who target) {
        story.signal(sender, target, SIGKILL, SI_USER);
        story.deliver(target, SIGKILL, 0, 0, 0);
        story.exit(target, SIGKILL);
    }
}
