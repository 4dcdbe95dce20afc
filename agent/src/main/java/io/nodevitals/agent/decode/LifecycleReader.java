// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.CommandLine;
import io.nodevitals.agent.process.LifecycleEvent.Actor;
import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.LifecycleEvent.HandledFault;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.LifecycleEvent.OomVictimMarked;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.LifecycleEvent.ProcessForked;
import io.nodevitals.agent.process.LifecycleEvent.SignalDelivered;
import io.nodevitals.agent.process.LifecycleEvent.SignalGenerated;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.bpf.event.CgroupEvent;
import io.nodevitals.bpf.event.CgroupPath;
import io.nodevitals.bpf.event.EventHeader;
import io.nodevitals.bpf.event.ExecArguments;
import io.nodevitals.bpf.event.ExecEvent;
import io.nodevitals.bpf.event.ExecFailureEvent;
import io.nodevitals.bpf.event.ExitEvent;
import io.nodevitals.bpf.event.FaultEvent;
import io.nodevitals.bpf.event.ForkEvent;
import io.nodevitals.bpf.event.OomEvent;
import io.nodevitals.bpf.event.SignalEvent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One method per struct: from a record whose size was checked to the value, or null when its content contradicts itself. The
 * flyweights are reused; the ring's thread only.
 */
final class LifecycleReader {
    private final ForkEvent fork = new ForkEvent();
    private final ExecEvent exec = new ExecEvent();
    private final ExecFailureEvent execFailure = new ExecFailureEvent();
    private final ExitEvent exit = new ExitEvent();
    private final SignalEvent signal = new SignalEvent();
    private final FaultEvent fault = new FaultEvent();
    private final OomEvent oom = new OomEvent();
    private final CgroupEvent cgroup = new CgroupEvent();

    @Nullable
    ProcessForked fork(ByteBuffer data, int offset) {
        fork.wrap(data, offset);
        Header header = header(fork.header(), fork.cgroup());
        return header == null ? null : new ProcessForked(header, fork.comm());
    }

    @Nullable
    ProcessExecuted exec(ByteBuffer data, int offset) {
        exec.wrap(data, offset);
        Header header = header(exec.header(), exec.cgroup());
        ExecArguments arguments = exec.arguments();
        if (header == null || (arguments != null && arguments.read() > ExecArguments.TEXT_LENGTH)) {
            return null;
        }
        return new ProcessExecuted(
                header,
                exec.oldTid(),
                exec.mountNamespace(),
                exec.comm(),
                exec.filename(),
                arguments == null ? null : CommandLine.of(arguments.text(), arguments.length()));
    }

    @Nullable
    ExecFailed execFailure(ByteBuffer data, int offset) {
        ExecFailureEvent record = execFailure.wrap(data, offset);
        Header header = header(record.header(), record.cgroup());
        if (header == null || record.headLength() > ExecFailureEvent.HEAD_LENGTH) {
            return null;
        }
        int flags = record.flags();
        return new ExecFailed(
                header,
                has(flags, ExecFailureEvent.FLAG_ENTER) ? record.enterBootNanos() : 0,
                record.error(),
                has(flags, ExecFailureEvent.FLAG_AT),
                record.dirfd(),
                record.atFlags(),
                record.mountNamespace(),
                record.comm(),
                has(flags, ExecFailureEvent.FLAG_FILENAME_FAULT) ? null : record.filename(),
                has(flags, ExecFailureEvent.FLAG_INTERPRETER) ? record.interpreter() : null,
                has(flags, ExecFailureEvent.FLAG_HEAD) ? record.head((int) record.headLength()) : null);
    }

    @Nullable
    ProcessExited exit(ByteBuffer data, int offset) {
        exit.wrap(data, offset);
        Header header = header(exit.header(), exit.cgroup());
        if (header == null) {
            return null;
        }
        int flags = exit.flags();
        return new ProcessExited(
                header,
                exit.waitStatus(),
                has(flags, ExitEvent.FLAG_GROUP),
                has(flags, ExitEvent.FLAG_OOM_VICTIM),
                has(flags, ExitEvent.FLAG_IN_EXEC),
                exit.peakRssPages(),
                exit.comm());
    }

    @Nullable
    SignalGenerated signal(ByteBuffer data, int offset) {
        signal.wrap(data, offset);
        Header header = header(signal.header(), signal.cgroup());
        return header == null
                ? null
                : new SignalGenerated(
                        header,
                        signal.signal(),
                        signal.code(),
                        signal.action(),
                        signal.group() != 0,
                        actor(signal.sender()),
                        signal.comm());
    }

    SignalDelivered fault(ByteBuffer data, int offset) {
        fault.wrap(data, offset);
        EventHeader from = fault.header();
        return new SignalDelivered(
                header(from, CgroupRef.ofId(from.cgroupId(), from.hierarchyId())),
                fault.signal(),
                fault.code(),
                fault.trapErrorCode(),
                fault.address(),
                fault.instructionPointer(),
                fault.stackPointer(),
                fault.comm(),
                FaultPlaceReader.read(fault),
                fault.handledBootNanos() == 0
                        ? null
                        : new HandledFault(fault.handledBootNanos(), fault.handledSignal(), fault.handledCode()));
    }

    @Nullable
    OomVictimMarked oom(ByteBuffer data, int offset) {
        oom.wrap(data, offset);
        Header header = header(oom.header(), oom.cgroup());
        if (header == null) {
            return null;
        }
        return new OomVictimMarked(
                header,
                actor(oom.trigger()),
                has(oom.flags(), OomEvent.FLAG_CONTROL),
                has(oom.flags(), OomEvent.FLAG_MEMORY),
                oom.anonPages(),
                oom.filePages(),
                oom.shmemPages(),
                oom.swapPages(),
                oom.pageTableBytes(),
                oom.limitPages(),
                oom.usagePages(),
                oom.limitCgroupId(),
                oom.scoreAdj(),
                oom.comm());
    }

    @Nullable
    CgroupChanged cgroup(ByteBuffer data, int offset) {
        cgroup.wrap(data, offset);
        Header header = header(cgroup.header(), cgroup.cgroup());
        CgroupChanged.Operation operation = switch (cgroup.operation()) {
            case CgroupEvent.OPERATION_MKDIR -> CgroupChanged.Operation.MKDIR;
            case CgroupEvent.OPERATION_RMDIR -> CgroupChanged.Operation.RMDIR;
            case CgroupEvent.OPERATION_ATTACH_TASK -> CgroupChanged.Operation.ATTACH_TASK;
            default -> null;
        };
        return header == null || operation == null ? null : new CgroupChanged(header, operation, cgroup.path());
    }

    private static @Nullable Header header(EventHeader from, CgroupPath path) {
        int count = path.count();
        if (count > CgroupPath.LEVELS) {
            return null;
        }
        List<CgroupRef.Level> levels = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            levels.add(new CgroupRef.Level(path.id(i), path.name(i)));
        }
        return header(
                from, new CgroupRef(from.cgroupId(), from.hierarchyId(), path.leafLevel(), path.firstLevel(), levels));
    }

    private static Header header(EventHeader from, CgroupRef cgroup) {
        return new Header(
                from.bootNanos(),
                new ProcessId(from.tgid(), from.startBootNanos()),
                from.tid(),
                from.generation(),
                cgroup,
                new ProcessId(from.parentTgid(), from.parentStartBootNanos()));
    }

    private static Actor actor(io.nodevitals.bpf.event.Actor from) {
        return new Actor(
                new ProcessId(from.tgid(), from.startBootNanos()),
                from.tid(),
                from.parentTgid(),
                from.cgroupId(),
                from.comm());
    }

    private static boolean has(int flags, int flag) {
        return (flags & flag) != 0;
    }
}
