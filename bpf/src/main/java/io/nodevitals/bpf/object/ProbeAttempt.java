// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import io.nodevitals.bpf.object.AttachOption.ProgramName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jnr.ffi.Pointer;

/** Tries one option of one probe: open, choose programs, set knobs, lend maps, load, attach. All of it, or nothing stays. */
final class ProbeAttempt {
    /** Untouched memory is free; what does not fit is tried once more with room for any log. */
    private static final int LOG_BYTES = 256 * 1024;

    private static final int LARGE_LOG_BYTES = 16 * 1024 * 1024;

    private final Native natives;
    private final SharedMaps maps;
    private final Map<String, Long> constants;
    private final ObjectHandle.Types types;

    ProbeAttempt(Native natives, SharedMaps maps, Map<String, Long> constants, ObjectHandle.Types types) {
        this.natives = natives;
        this.maps = maps;
        this.constants = constants;
        this.types = types;
    }

    /** Why an option did not work: an expected outcome, not an exception. */
    record Failure(String call, int errno, boolean attaching, String target, String verifierLog) {
        /** Not permitted before the verifier has seen a line of the program: any other of its type would fare the same. */
        boolean isOfAnyProgram() {
            return errno == Errno.EPERM && !attaching && verifierLog.isEmpty();
        }
    }

    /** Either a probe that is attached, or a failure. */
    sealed interface Outcome {
        record Success(AttachedProbe probe) implements Outcome {}

        record Refused(Failure failure) implements Outcome {}
    }

    Outcome attempt(ProbeDefinition definition, AttachOption option) {
        Outcome outcome = attempt(definition, option, LOG_BYTES);
        // Before 6.4 a log that does not fit hides the real errno behind ENOSPC.
        boolean logTooSmall = outcome instanceof Outcome.Refused refused
                && refused.failure().errno() == Errno.ENOSPC
                && !refused.failure().attaching();
        return logTooSmall ? attempt(definition, option, LARGE_LOG_BYTES) : outcome;
    }

    private Outcome attempt(ProbeDefinition definition, AttachOption option, int logBytes) {
        ObjectHandle object;
        try {
            object = ObjectHandle.open(natives, definition.name(), definition.image(), types);
        } catch (NativeCallException failure) {
            return refused(failure, false, targets(option), "");
        }
        AttachedProbe probe = new AttachedProbe(natives, definition.name(), object);
        boolean attached = false;
        try {
            Outcome outcome = attempt(definition, option, object, probe, logBytes);
            attached = outcome instanceof Outcome.Success;
            return outcome;
        } finally {
            if (!attached) {
                probe.close();
            }
        }
    }

    private Outcome attempt(
            ProbeDefinition definition, AttachOption option, ObjectHandle object, AttachedProbe probe, int logBytes) {
        List<Pointer> logs = new ArrayList<>();
        try {
            choosePrograms(definition, option, object, logs, logBytes);
            object.setConstants(definition.elf(), constants);
            maps.lendTo(object);
            natives.checkLibbpf(
                    "bpf_object__load(" + definition.name() + ")",
                    natives.libbpf().bpf_object__load(object.pointer()));
        } catch (NativeCallException failure) {
            return loadRefused(failure, option, logs, logBytes);
        }
        for (ProgramName program : option.programs()) {
            try {
                probe.attach(program);
            } catch (NativeCallException failure) {
                return refused(failure, true, program.section(), "");
            }
        }
        return new Outcome.Success(probe);
    }

    private void choosePrograms(
            ProbeDefinition definition, AttachOption option, ObjectHandle object, List<Pointer> logs, int logBytes) {
        for (ElfObject.Symbol symbol : definition.elf().programs()) {
            String name = symbol.name();
            Pointer program = natives.checkLibbpf(
                    "bpf_object__find_program_by_name(" + name + ")",
                    natives.libbpf().bpf_object__find_program_by_name(object.pointer(), name));
            boolean chosen = option.contains(name);
            natives.checkLibbpf(
                    "bpf_program__set_autoload(" + name + ")",
                    natives.libbpf().bpf_program__set_autoload(program, chosen));
            if (chosen) {
                Pointer log = natives.allocateUntouched(logBytes);
                logs.add(log);
                natives.checkLibbpf(
                        "bpf_program__set_log_buf(" + name + ")",
                        natives.libbpf().bpf_program__set_log_buf(program, log, logBytes));
            }
        }
    }

    /** The load stops at the first program that is refused: the one log that is not empty is its own. */
    private Outcome loadRefused(NativeCallException failure, AttachOption option, List<Pointer> logs, int logBytes) {
        for (Pointer buffer : logs) {
            String log = VerifierLog.read(buffer, logBytes);
            if (!log.isEmpty()) {
                return refused(failure, false, targets(option), log);
            }
        }
        return refused(failure, false, targets(option), "");
    }

    private static Outcome refused(NativeCallException failure, boolean attaching, String target, String log) {
        return new Outcome.Refused(new Failure(failure.call(), failure.errno(), attaching, target, log));
    }

    private static String targets(AttachOption option) {
        return String.join(" or ", option.attachPoints());
    }
}
