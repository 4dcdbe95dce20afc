// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import org.jspecify.annotations.Nullable;

/**
 * One record of the lifecycle ring as an immutable value, in the terms of {@code bpf/src/main/c/include}.
 *
 * <p>Times are nanoseconds since boot (CLOCK_BOOTTIME). Names and paths are raw: whatever bytes a workload chose, decoded as
 * Latin-1 so that each char is one byte; {@link Names#sanitise} makes them fit to show.
 */
public sealed interface LifecycleEvent {

    /** The record's common part. */
    Header header();

    /**
     * What every record says of the process it is about.
     *
     * @param bootNanos when it happened
     * @param process whom it is about: child, target, victim
     * @param tid the thread
     * @param generation of {@code task->self_exec_id}; every exec increments it
     * @param cgroup of the process (for {@link CgroupChanged}: the cgroup in question)
     * @param parent {@code real_parent}
     */
    record Header(long bootNanos, ProcessId process, int tid, int generation, CgroupRef cgroup, ProcessId parent) {}

    /** Somebody else in a record: a signal's sender, the process that triggered an OOM kill. */
    record Actor(ProcessId process, int tid, int parentTgid, long cgroupId, String comm) {}

    /** A new thread group. */
    record ProcessForked(Header header, String comm) implements LifecycleEvent {}

    /**
     * A successful exec.
     *
     * @param commandLine what the program was called with; null when that was not asked for or could not be read
     */
    record ProcessExecuted(
            Header header,
            int oldTid,
            long mountNamespace,
            String comm,
            String filename,
            @Nullable CommandLine commandLine)
            implements LifecycleEvent {
        /** Without a command line. */
        public ProcessExecuted(Header header, int oldTid, long mountNamespace, String comm, String filename) {
            this(header, oldTid, mountNamespace, comm, filename, null);
        }
    }

    /**
     * A failed execve or execveat.
     *
     * @param enterBootNanos when the call began, 0 when unknown
     * @param errno positive
     * @param at true for execveat; then dirfd and atFlags count
     * @param filename as given by the caller; null when it could not be read
     * @param interpreter last interpreter that the kernel tried; null where no hook tells
     * @param head the file's first bytes; null where no hook tells
     */
    record ExecFailed(
            Header header,
            long enterBootNanos,
            int errno,
            boolean at,
            int dirfd,
            int atFlags,
            long mountNamespace,
            String comm,
            @Nullable String filename,
            @Nullable String interpreter,
            byte @Nullable [] head)
            implements LifecycleEvent {}

    /**
     * The death of a thread group.
     *
     * @param waitStatus as wait4 gives it
     * @param peakRssPages the process's high-water mark
     */
    record ProcessExited(
            Header header,
            int waitStatus,
            boolean groupExit,
            boolean oomVictim,
            boolean inExec,
            long peakRssPages,
            String comm)
            implements LifecycleEvent {

        /** The signal that ended it, 0 for an exit. */
        public int signal() {
            return waitStatus & 0x7f;
        }

        /** Whether a core was dumped. */
        public boolean coreDumped() {
            return (waitStatus & 0x80) != 0;
        }

        /** The exit code as Kubernetes shows it: 128 + signal for a signal. */
        public int exitCode() {
            return signal() != 0 ? 128 + signal() : waitStatus >>> 8 & 0xff;
        }
    }

    /** A signal that reached its target with a fatal default action. */
    record SignalGenerated(Header header, int signal, int code, int action, boolean group, Actor sender, String comm)
            implements LifecycleEvent {}

    /**
     * A signal with a fatal default action as the thread takes it.
     *
     * @param place where address, instruction and stack lay; of a real fault
     * @param handled the fault that the thread had taken to its handler before, of which then all else here is but signal and code; null
     *     when this is a fault itself, or nothing was handled
     */
    record SignalDelivered(
            Header header,
            int signal,
            int code,
            int trapErrorCode,
            long address,
            long instructionPointer,
            long stackPointer,
            String comm,
            FaultPlace place,
            @Nullable HandledFault handled)
            implements LifecycleEvent {}

    /** A fault that went to the thread's own handler. */
    record HandledFault(long bootNanos, int signal, int code) {}

    /**
     * A process chosen by the OOM killer. Sizes in pages but for the page tables.
     *
     * @param fromOomControl limit facts are the kernel's own; else they are unknown here
     * @param memoryKnown the victim's sizes could be read
     * @param limitCgroupId whose limit was hit, 0 = the node's memory (when fromOomControl)
     */
    record OomVictimMarked(
            Header header,
            Actor trigger,
            boolean fromOomControl,
            boolean memoryKnown,
            long anonPages,
            long filePages,
            long shmemPages,
            long swapPages,
            long pageTableBytes,
            long limitPages,
            long usagePages,
            long limitCgroupId,
            int scoreAdj,
            String comm)
            implements LifecycleEvent {}

    /** A cgroup was made or removed, or a task moved into it. */
    record CgroupChanged(Header header, Operation operation, String path) implements LifecycleEvent {
        /** enum nv_cgroup_operation, by number - 1. */
        public enum Operation {
            MKDIR,
            RMDIR,
            ATTACH_TASK
        }
    }
}
