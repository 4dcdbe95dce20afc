// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.process.Names;
import io.nodevitals.agent.program.Inspection;

/** The sentence of a process's end. */
final class TerminationSentence {
    private TerminationSentence() {}

    static String of(Termination end) {
        OomFacts oom = end.oom();
        if (oom != null) {
            return OomSentence.of(end.subject(), oom);
        }
        String core = end.coreDumped() ? " A core was dumped." : "";
        return Sentences.who(end.subject()) + " " + what(end) + core;
    }

    private static String what(Termination end) {
        String after = " after " + Sentences.duration(end.ageNanos());
        return switch (end.cause()) {
            case EXIT -> "exited with code " + end.exitCode() + after + exit(end);
            case LOADER_FAILED -> "ended with exit code " + end.exitCode() + after + ", before main" + exit(end);
            case SEGFAULT ->
                "crashed with SIGSEGV" + after + ": " + FaultSentence.segfault(end)
                        + ". This is a bug in the program or a library: look at its core dump or its logs.";
            case BUS_ERROR -> "crashed with SIGBUS" + after + ": " + FaultSentence.busError(end);
            case ILLEGAL_INSTRUCTION ->
                "crashed with SIGILL" + after + ": the CPU refused the instruction" + FaultSentence.at(end.fault())
                        + FaultSentence.again(end.fault())
                        + ". Look for a build for a newer CPU, or a trap that a compiler put in.";
            case ARITHMETIC_FAULT ->
                "crashed with SIGFPE" + after + ": "
                        + (isDivision(end) ? "it divided an integer by zero" : "an arithmetic error")
                        + FaultSentence.at(end.fault()) + FaultSentence.again(end.fault())
                        + ". This is a bug in the program.";
            case ABORT ->
                "aborted itself (SIGABRT)" + after
                        + (isHandled(end)
                                ? FaultSentence.handled(end.fault())
                                        + ". Look at what the handler printed, as HotSpot's hs_err file."
                                : ": a failed assertion, an uncaught exception or a damaged heap. Look at its last output.");
            case SECCOMP ->
                "was killed with SIGSYS" + after
                        + ": it made a system call that its seccomp filter forbids. Compare its seccomp profile.";
            case RESOURCE_LIMIT ->
                end.signal() == Signals.SIGXCPU
                        ? "was killed with SIGXCPU" + after
                                + ": it used up its CPU time limit (RLIMIT_CPU). Raise ulimit -t."
                        : "was killed with SIGXFSZ" + after
                                + ": it wrote a file beyond its size limit (RLIMIT_FSIZE). Raise ulimit -f.";
            case EXEC_ABORTED ->
                "was killed by the kernel inside exec, past the point of no return: the program could not be loaded. "
                        + "Look at the file with readelf -l, and at the memory limit.";
            case KILLED -> "was killed with " + Signals.name(end.signal()) + after + killer(end);
            case STACK_OVERFLOW ->
                "crashed with SIGSEGV" + after + ": it used up its stack" + FaultSentence.overflow(end.fault());
            // Not diagnosed yet, or by the OOM killer, whose sentence is another.
            case OOM_CGROUP, OOM_NODE, OOM_GROUP, UNKNOWN -> "ended with " + Signals.name(end.signal()) + after + ".";
        };
    }

    private static String exit(Termination end) {
        Inspection inspection = end.inspection();
        if (inspection != null) {
            return ": " + Names.sanitise(inspection.reason());
        }
        return end.exitCode() == 0 ? "." : ". Look at its last output.";
    }

    private static String killer(Termination end) {
        Sender sender = end.sender();
        if (sender == null) {
            return "; who sent it was not recorded.";
        }
        SenderClass senderClass = sender.senderClass();
        if (senderClass == SenderClass.KERNEL) {
            return byKernel(end, sender);
        }
        if (senderClass == SenderClass.SELF) {
            return " that it sent itself.";
        }
        String by = " by " + Sentences.named(sender.executableName(), sender.pid());
        if (senderClass == null) {
            String place = Sentences.place(sender.workload());
            return by + (place.isEmpty() ? "." : " " + place + ".");
        }
        return switch (senderClass) {
            case PARENT -> by + ", its parent.";
            case SAME_CONTAINER -> by + " of the same container.";
            case CONTAINER_RUNTIME ->
                by + ", the container runtime: it was told to stop the container. Look at the pod's events.";
            case KUBELET -> by + ": look at the pod's events for a failed probe, an eviction or a deletion.";
            case HOST_PROCESS -> by + " on the host.";
            case SELF, KERNEL -> ".";
        };
    }

    private static String byKernel(Termination end, Sender sender) {
        return switch (end.signal()) {
            case Signals.SIGKILL ->
                sender.pid() == 0
                        ? " by the kernel. Look at the kernel's log."
                        : " by the kernel while " + Sentences.named(sender.executableName(), sender.pid())
                                + " ended: usually the first process of a container, which takes all others with it.";
            case Signals.SIGPIPE ->
                " by the kernel: it wrote to a pipe or socket that nobody reads any more. Look at who was to read it.";
            case Signals.SIGALRM, Signals.SIGVTALRM, Signals.SIGPROF ->
                " by the kernel: a timer that it set itself ran out.";
            case Signals.SIGHUP -> " by the kernel: its terminal is gone.";
            case Signals.SIGINT, Signals.SIGQUIT -> " by the kernel: a key was pressed at its terminal.";
            case Signals.SIGTRAP ->
                " by the kernel: it ran into a breakpoint or trap instruction" + FaultSentence.at(end.fault()) + ".";
            default -> " by the kernel.";
        };
    }

    private static boolean isHandled(Termination end) {
        Fault fault = end.fault();
        return fault != null && fault.isHandled();
    }

    private static boolean isDivision(Termination end) {
        Fault fault = end.fault();
        return fault != null && fault.code() == Signals.FPE_INTDIV;
    }
}
