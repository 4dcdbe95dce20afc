// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Confidence.CERTAIN;
import static io.nodevitals.agent.diagnose.Confidence.LIKELY;

import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.LifecycleEvent.SignalDelivered;
import io.nodevitals.agent.process.LifecycleEvent.SignalGenerated;
import io.nodevitals.agent.program.ElfFile;
import io.nodevitals.agent.program.Inspection;
import org.jspecify.annotations.Nullable;

/**
 * Finds the cause of an end from its wait status and the evidence.
 *
 * <p>The phase is {@code before_main} where the kernel itself killed the process inside exec, and where a young process faulted in the
 * code of its dynamic loader; a young process alone proves nothing.
 */
final class TerminationJudge {
    /** A program that is older than this has left its loader but for what it loads by itself. */
    private static final long LOADING_NANOS = 1_000_000_000L;

    private final SenderClassifier senders;
    private final OomJudge oomJudge;
    private final long pageSizeBytes;
    private final FaultJudge faultJudge;

    TerminationJudge(SenderClassifier senders, OomJudge oomJudge, DiagnoserSettings settings) {
        this.senders = senders;
        this.oomJudge = oomJudge;
        this.pageSizeBytes = settings.pageSizeBytes();
        this.faultJudge = new FaultJudge(settings.elfMachine() == ElfFile.EM_X86_64);
    }

    /**
     * A process that has ended, as it was known then.
     *
     * @param startBootNanos of the program it ran, 0 when unknown
     * @param inspection what foretells such an end; null when nothing does
     */
    record End(
            ProcessExited exit,
            Subject subject,
            long startBootNanos,
            @Nullable Inspection inspection) {}

    private record Finding(
            TerminationCause cause,
            Confidence confidence,
            @Nullable OomFacts oom) {
        Finding(TerminationCause cause, Confidence confidence) {
            this(cause, confidence, null);
        }
    }

    Termination judge(End end, Evidence evidence) {
        ProcessExited exit = end.exit();
        int signal = exit.signal();
        SignalGenerated generated = evidence.generated(signal);
        Integer code = code(signal, generated, evidence.delivered(signal));
        Fault fault = faultJudge.judge(signal, evidence.delivered(signal));
        if (fault != null && fault.isHandled() && !isFromItself(end.subject(), generated, code)) {
            fault = null;
        }
        Finding finding = signal == 0 ? exit(end.inspection()) : find(end, evidence, generated, code, fault);
        Sender sender = hasSender(finding.cause) ? sender(end.subject(), generated, code) : null;
        long now = exit.header().bootNanos();
        long start = end.startBootNanos() == 0 ? now : Math.min(end.startBootNanos(), now);
        Termination termination = new Termination(
                end.subject(),
                now,
                start,
                finding.cause,
                finding.confidence,
                phase(finding.cause, fault, now - start),
                exit.exitCode(),
                signal,
                code,
                sender,
                fault,
                finding.oom,
                end.inspection(),
                exit.coreDumped(),
                exit.peakRssPages() * pageSizeBytes,
                "");
        return termination.withSummary(TerminationSentence.of(termination));
    }

    private static Phase phase(TerminationCause cause, @Nullable Fault fault, long ageNanos) {
        boolean loading = fault != null
                && fault.instructionPlace() != null
                && fault.instructionPlace().isLoader()
                && ageNanos < LOADING_NANOS;
        return cause == TerminationCause.EXEC_ABORTED || cause == TerminationCause.LOADER_FAILED || loading
                ? Phase.BEFORE_MAIN
                : Phase.RUNNING;
    }

    // What env says of a script's interpreter is env's own exit.
    private static Finding exit(@Nullable Inspection inspection) {
        return inspection != null
                        && inspection.cause() != null
                        && inspection.cause().isLoaders()
                ? new Finding(TerminationCause.LOADER_FAILED, LIKELY)
                : new Finding(TerminationCause.EXIT, CERTAIN);
    }

    private Finding find(
            End end,
            Evidence evidence,
            @Nullable SignalGenerated generated,
            @Nullable Integer code,
            @Nullable Fault explained) {
        int signal = end.exit().signal();
        if (signal == Signals.SIGKILL && (generated == null || generated.code() == Signals.SI_KERNEL)) {
            OomFacts facts = evidence.oom() != null
                    ? evidence.oom()
                    : oomJudge.unmarked(generated, end.subject(), end.exit().oomVictim());
            if (facts != null) {
                return new Finding(oomCause(facts.scope()), facts.confidence(), facts);
            }
        }
        boolean itself = isFromItself(end.subject(), generated, code);
        if (execAborted(end.exit(), evidence, generated, itself)) {
            return new Finding(TerminationCause.EXEC_ABORTED, CERTAIN);
        }
        // A crash handler raises the signal that it took again; the fault was the cause.
        boolean raisedAgain = explained != null && explained.isHandled() && itself && explained.signal() == signal;
        if (explained != null && explained.overflow() != null && (raisedAgain || !explained.isHandled())) {
            return new Finding(
                    TerminationCause.STACK_OVERFLOW,
                    raisedAgain ? LIKELY : explained.overflow().confidence());
        }
        TerminationCause fault = faultCause(signal);
        if (fault != null && (code == null || code > 0 || raisedAgain)) {
            return new Finding(fault, code == null || raisedAgain ? LIKELY : CERTAIN);
        }
        return switch (signal) {
            case Signals.SIGSYS ->
                code == null || code == Signals.SYS_SECCOMP
                        ? new Finding(TerminationCause.SECCOMP, code == null ? LIKELY : CERTAIN)
                        : killed(generated);
            case Signals.SIGABRT ->
                generated == null || itself
                        ? new Finding(TerminationCause.ABORT, confidence(generated))
                        : killed(generated);
            case Signals.SIGXCPU, Signals.SIGXFSZ ->
                generated == null || SenderClassifier.isFromKernel(generated, itself)
                        ? new Finding(
                                TerminationCause.RESOURCE_LIMIT,
                                code != null && code == Signals.SI_KERNEL ? CERTAIN : LIKELY)
                        : killed(generated);
            default -> killed(generated);
        };
    }

    // A signal that left no record of its generation: the status alone says that it was one.
    private static Finding killed(@Nullable SignalGenerated generated) {
        return new Finding(TerminationCause.KILLED, confidence(generated));
    }

    private static Confidence confidence(@Nullable SignalGenerated generated) {
        return generated != null && generated.action() == Evidence.FATAL ? CERTAIN : LIKELY;
    }

    // A thread-directed signal that left no record of its generation was most likely raised while it was blocked.
    private static boolean isFromItself(Subject subject, @Nullable SignalGenerated generated, @Nullable Integer code) {
        return generated != null
                ? generated.sender().process().equals(subject.process())
                : code != null && code == Signals.SI_TKILL;
    }

    private @Nullable Sender sender(Subject subject, @Nullable SignalGenerated generated, @Nullable Integer code) {
        if (generated != null) {
            return senders.classify(generated, subject);
        }
        return isFromItself(subject, null, code)
                ? new Sender(subject.pid(), subject.executableName(), SenderClass.SELF, subject.workload())
                : null;
    }

    // Past the point of no return the kernel kills the process itself: force_fatal_sig in bprm_execve, earlier
    // send_sig.
    private static boolean execAborted(
            ProcessExited exit, Evidence evidence, @Nullable SignalGenerated generated, boolean itself) {
        if (exit.inExec() && (generated == null || itself)) {
            return exit.signal() == Signals.SIGSEGV || exit.signal() == Signals.SIGKILL;
        }
        return exit.signal() == Signals.SIGSEGV && evidence.isExecAborted();
    }

    // What a thread takes says more than what was sent first, but for SIGKILL: each thread of a dying group takes one
    // without a code.
    private static @Nullable Integer code(
            int signal, @Nullable SignalGenerated generated, @Nullable SignalDelivered delivered) {
        if (delivered != null && signal != Signals.SIGKILL && (Signals.isFault(signal) || generated == null)) {
            return delivered.code();
        }
        return generated == null ? null : generated.code();
    }

    private static @Nullable TerminationCause faultCause(int signal) {
        return switch (signal) {
            case Signals.SIGSEGV -> TerminationCause.SEGFAULT;
            case Signals.SIGBUS -> TerminationCause.BUS_ERROR;
            case Signals.SIGILL -> TerminationCause.ILLEGAL_INSTRUCTION;
            case Signals.SIGFPE -> TerminationCause.ARITHMETIC_FAULT;
            default -> null;
        };
    }

    private static boolean hasSender(TerminationCause cause) {
        return cause == TerminationCause.KILLED
                || cause == TerminationCause.ABORT
                || cause == TerminationCause.RESOURCE_LIMIT;
    }

    private static TerminationCause oomCause(OomScope scope) {
        return switch (scope) {
            case CGROUP -> TerminationCause.OOM_CGROUP;
            case NODE -> TerminationCause.OOM_NODE;
            case GROUP -> TerminationCause.OOM_GROUP;
        };
    }
}
