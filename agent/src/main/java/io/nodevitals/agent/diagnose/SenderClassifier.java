// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.process.LifecycleEvent.Actor;
import io.nodevitals.agent.process.LifecycleEvent.SignalGenerated;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.process.TrackedProcess;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says who sent a deadly signal: by identity, parentage and cgroup; by name only for processes of the host, so that a container's
 * process does not become the kubelet by calling itself so.
 */
final class SenderClassifier {
    private static final Set<String> KUBELETS =
            Set.of("kubelet", "hyperkube", "kubelite", "k3s", "k3s-server", "k3s-agent");
    // A comm is cut at 15 bytes: containerd-shim-runc-v2 shows as containerd-shim.
    private static final Set<String> RUNTIMES = Set.of(
            "containerd",
            "dockerd",
            "crio",
            "conmon",
            "conmonrs",
            "podman",
            "crun",
            "youki",
            "runsc",
            "cri-dockerd",
            "kata-runtime");
    private static final String[] RUNTIME_PREFIXES = {"runc", "containerd-shim"};
    private static final int INIT = 1;

    private final ProcessRegistry registry;
    private final Subjects subjects;

    SenderClassifier(ProcessRegistry registry, Subjects subjects) {
        this.registry = registry;
        this.subjects = subjects;
    }

    Sender classify(SignalGenerated event, Subject target) {
        Actor actor = event.sender();
        boolean itself = actor.process().equals(target.process());
        if (isFromKernel(event, itself)) {
            // The current task means nothing for a signal from an interrupt; for SIGKILL it is whose end the kernel
            // completes.
            boolean telling = event.signal() == Signals.SIGKILL
                    && !itself
                    && actor.process().tgid() != 0;
            return telling
                    ? sender(actor, SenderClass.KERNEL)
                    : new Sender(0, "kernel", SenderClass.KERNEL, Workload.HOST);
        }
        return sender(actor, itself ? SenderClass.SELF : other(event, target));
    }

    /**
     * Whether no process asked for the signal. For a broken pipe and a file size limit the kernel sends to the current task with SI_USER
     * (send_sig in pipe_write and generic_write_check_limits).
     */
    static boolean isFromKernel(SignalGenerated event, boolean itself) {
        boolean ownDoing = event.signal() == Signals.SIGPIPE || event.signal() == Signals.SIGXFSZ;
        return !Signals.isFromProcess(event.code()) || (itself && ownDoing && event.code() == Signals.SI_USER);
    }

    private @Nullable SenderClass other(SignalGenerated event, Subject target) {
        Actor actor = event.sender();
        Workload workload = subjects.workload(actor.cgroupId());
        if (isOfHost(actor, workload)) {
            String name = subjects.name(actor);
            if (KUBELETS.contains(name)) {
                return SenderClass.KUBELET;
            }
            if (isRuntime(name)) {
                return SenderClass.CONTAINER_RUNTIME;
            }
        }
        if (isParent(actor.process(), event)) {
            return SenderClass.PARENT;
        }
        if (workload.kind() == Workload.Kind.CONTAINER && workload.equals(target.workload())) {
            return SenderClass.SAME_CONTAINER;
        }
        return isOfHost(actor, workload) ? SenderClass.HOST_PROCESS : null;
    }

    // Who sends as it ends, by PR_SET_PDEATHSIG, has lost its children already: forget_original_parent in
    // kernel/exit.c.
    private boolean isParent(ProcessId sender, SignalGenerated event) {
        ProcessId parent = event.header().parent();
        if (parent.tgid() != 0 && parent.equals(sender)) {
            return true;
        }
        TrackedProcess target = registry.find(event.header().process());
        TrackedProcess maker = target == null ? null : registry.find(target.firstParent());
        return maker != null && maker.equals(registry.find(sender));
    }

    // CRI-O's conmon lives in the pod's cgroup, but in the host's mount namespace.
    private boolean isOfHost(Actor actor, Workload workload) {
        if (workload.kind() != Workload.Kind.POD) {
            return workload.kind() == Workload.Kind.HOST;
        }
        TrackedProcess process = registry.find(actor.process());
        TrackedProcess init = registry.find(new ProcessId(INIT, 0));
        return process != null
                && init != null
                && process.mountNamespace() != 0
                && process.mountNamespace() == init.mountNamespace();
    }

    private static boolean isRuntime(String name) {
        for (String prefix : RUNTIME_PREFIXES) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return RUNTIMES.contains(name);
    }

    private Sender sender(Actor actor, @Nullable SenderClass senderClass) {
        return new Sender(
                actor.process().tgid(), subjects.name(actor), senderClass, subjects.workload(actor.cgroupId()));
    }
}
