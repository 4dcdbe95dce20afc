// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.ExecFailure;
import io.nodevitals.agent.diagnose.Fault;
import io.nodevitals.agent.diagnose.OomFacts;
import io.nodevitals.agent.diagnose.Sender;
import io.nodevitals.agent.diagnose.Termination;
import io.nodevitals.agent.process.Names;
import io.nodevitals.agent.program.Inspection;
import io.nodevitals.agent.program.StartCause;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The attributes of occurrences, on span, event, trace's JSON and the API alike. What is not known is left out. */
final class OccurrenceAttributes {
    static final AttributeKey<Long> PID = AttributeKey.longKey("process.pid");
    static final AttributeKey<Long> PARENT_PID = AttributeKey.longKey("process.parent_pid");
    static final AttributeKey<String> EXECUTABLE_NAME = AttributeKey.stringKey("process.executable.name");
    static final AttributeKey<String> EXECUTABLE_PATH = AttributeKey.stringKey("process.executable.path");
    static final AttributeKey<List<String>> COMMAND_ARGS = AttributeKey.stringArrayKey("process.command_args");
    static final AttributeKey<String> CREATION_TIME = AttributeKey.stringKey("process.creation.time");

    private static final AttributeKey<String> TERMINATION_CONFIDENCE =
            AttributeKey.stringKey("nodevitals.termination.confidence");
    private static final AttributeKey<Long> SIGNAL_CODE = AttributeKey.longKey("nodevitals.signal.code");
    private static final AttributeKey<Long> SENDER_PID = AttributeKey.longKey("nodevitals.signal.sender.pid");
    private static final AttributeKey<String> SENDER_NAME =
            AttributeKey.stringKey("nodevitals.signal.sender.executable.name");
    private static final AttributeKey<String> SENDER_POD =
            AttributeKey.stringKey("nodevitals.signal.sender.k8s.pod.uid");
    private static final AttributeKey<String> FAULT_ADDRESS = AttributeKey.stringKey("nodevitals.fault.address");
    private static final AttributeKey<String> FAULT_ACCESS = AttributeKey.stringKey("nodevitals.fault.access");
    private static final AttributeKey<String> FAULT_MAPPING = AttributeKey.stringKey("nodevitals.fault.mapping");
    private static final AttributeKey<String> FAULT_INSTRUCTION_MAPPING =
            AttributeKey.stringKey("nodevitals.fault.instruction_mapping");
    private static final AttributeKey<String> FAULT_INSTRUCTION =
            AttributeKey.stringKey("nodevitals.fault.instruction_pointer");
    private static final AttributeKey<String> FAULT_HANDLED_SIGNAL =
            AttributeKey.stringKey("nodevitals.fault.handled_signal");
    private static final AttributeKey<Double> AGE = AttributeKey.doubleKey("nodevitals.age");
    private static final AttributeKey<Boolean> CORE_DUMPED = AttributeKey.booleanKey("nodevitals.core_dumped");

    private static final AttributeKey<String> OOM_LIMIT_OWNER = AttributeKey.stringKey("nodevitals.oom.limit_owner");
    private static final AttributeKey<Long> OOM_LIMIT = AttributeKey.longKey("nodevitals.oom.limit");
    private static final AttributeKey<Long> OOM_USAGE = AttributeKey.longKey("nodevitals.oom.usage");
    private static final AttributeKey<Long> OOM_ANON = AttributeKey.longKey("nodevitals.oom.victim.anon");
    private static final AttributeKey<Long> OOM_FILE = AttributeKey.longKey("nodevitals.oom.victim.file");
    private static final AttributeKey<Long> OOM_SHMEM = AttributeKey.longKey("nodevitals.oom.victim.shmem");
    private static final AttributeKey<Long> OOM_SWAP = AttributeKey.longKey("nodevitals.oom.victim.swap");
    private static final AttributeKey<Long> OOM_PAGE_TABLES = AttributeKey.longKey("nodevitals.oom.victim.page_tables");
    private static final AttributeKey<Long> OOM_TRIGGER_PID = AttributeKey.longKey("nodevitals.oom.trigger.pid");
    private static final AttributeKey<String> OOM_TRIGGER_NAME =
            AttributeKey.stringKey("nodevitals.oom.trigger.executable.name");
    private static final AttributeKey<String> OOM_TRIGGER_POD =
            AttributeKey.stringKey("nodevitals.oom.trigger.k8s.pod.uid");
    private static final AttributeKey<Long> OOM_SCORE_ADJ = AttributeKey.longKey("nodevitals.oom.score_adj");

    private static final AttributeKey<String> INSPECT_CAUSE = AttributeKey.stringKey("nodevitals.inspect.cause");
    private static final AttributeKey<String> INSPECT_SUBJECT = AttributeKey.stringKey("nodevitals.inspect.subject");

    private static final AttributeKey<String> EXEC_CONFIDENCE = AttributeKey.stringKey("nodevitals.exec.confidence");
    private static final AttributeKey<String> EXEC_FILE = AttributeKey.stringKey("nodevitals.exec.file");
    private static final AttributeKey<String> EXEC_INTERPRETER = AttributeKey.stringKey("nodevitals.exec.interpreter");
    private static final AttributeKey<String> EXEC_ARCHITECTURE =
            AttributeKey.stringKey("nodevitals.exec.architecture");
    private static final AttributeKey<Long> EXEC_COUNT = AttributeKey.longKey("nodevitals.exec.count");

    private static final double NANOS_PER_SECOND = 1e9;

    private OccurrenceAttributes() {}

    static void termination(AttributesBuilder attributes, Termination termination) {
        attributes.put(Metrics.EXIT_CODE, (long) termination.exitCode());
        attributes.put(Metrics.TERMINATION_CAUSE, termination.cause().wireName());
        attributes.put(TERMINATION_CONFIDENCE, termination.confidence().wireName());
        attributes.put(Metrics.TERMINATION_PHASE, termination.phase().wireName());
        attributes.put(AGE, termination.ageNanos() / NANOS_PER_SECOND);
        attributes.put(CORE_DUMPED, termination.coreDumped());
        putIfKnown(attributes, Metrics.SIGNAL, termination.signalName());
        if (termination.signalCode() != null) {
            attributes.put(SIGNAL_CODE, (long) termination.signalCode());
        }
        if (termination.sender() != null) {
            sender(attributes, termination.sender());
        }
        if (termination.fault() != null) {
            fault(attributes, termination.fault());
        }
        if (termination.oom() != null) {
            oom(attributes, termination.oom());
        }
        if (termination.inspection() != null) {
            inspection(attributes, termination.inspection());
        }
    }

    private static void sender(AttributesBuilder attributes, Sender sender) {
        if (sender.pid() != 0) {
            attributes.put(SENDER_PID, (long) sender.pid());
            attributes.put(SENDER_NAME, sender.executableName());
        }
        if (sender.senderClass() != null) {
            attributes.put(Metrics.SENDER_CLASS, sender.senderClass().wireName());
        }
        putIfKnown(attributes, SENDER_POD, podUid(sender.workload()));
    }

    private static void fault(AttributesBuilder attributes, Fault fault) {
        attributes.put(FAULT_ADDRESS, hex(fault.address()));
        if (fault.isHandled()) {
            attributes.put(FAULT_HANDLED_SIGNAL, fault.signalName());
        }
        if (fault.instructionPointer() != 0) {
            attributes.put(FAULT_INSTRUCTION, hex(fault.instructionPointer()));
        }
        if (fault.place() != null) {
            attributes.put(FAULT_MAPPING, fault.place().text());
        }
        if (fault.instructionPlace() != null) {
            attributes.put(FAULT_INSTRUCTION_MAPPING, fault.instructionPlace().text());
        }
        if (fault.access() != null) {
            attributes.put(FAULT_ACCESS, fault.access().wireName());
        }
    }

    private static void inspection(AttributesBuilder attributes, Inspection inspection) {
        StartCause cause = inspection.cause();
        putIfKnown(attributes, INSPECT_CAUSE, cause == null ? null : cause.wireName());
        String subject = inspection.subject();
        putIfKnown(attributes, INSPECT_SUBJECT, subject == null ? null : Names.sanitise(subject));
    }

    static void oom(AttributesBuilder attributes, OomFacts facts) {
        attributes.put(Metrics.OOM_SCOPE, facts.scope().wireName());
        if (facts.limitOwner() != null) {
            attributes.put(OOM_LIMIT_OWNER, facts.limitOwner().wireName());
        }
        putIfKnown(attributes, OOM_LIMIT, facts.limitBytes());
        putIfKnown(attributes, OOM_USAGE, facts.usageBytes());
        OomFacts.VictimMemory victim = facts.victim();
        if (victim != null) {
            attributes.put(OOM_ANON, victim.anonBytes());
            attributes.put(OOM_FILE, victim.fileBytes());
            attributes.put(OOM_SHMEM, victim.shmemBytes());
            attributes.put(OOM_SWAP, victim.swapBytes());
            attributes.put(OOM_PAGE_TABLES, victim.pageTableBytes());
        }
        OomFacts.Trigger trigger = facts.trigger();
        if (trigger != null) {
            attributes.put(OOM_TRIGGER_PID, (long) trigger.pid());
            attributes.put(OOM_TRIGGER_NAME, trigger.executableName());
            putIfKnown(attributes, OOM_TRIGGER_POD, podUid(trigger.workload()));
        }
        if (facts.scoreAdj() != null) {
            attributes.put(OOM_SCORE_ADJ, (long) facts.scoreAdj());
        }
    }

    static void execFailure(AttributesBuilder attributes, ExecFailure failure) {
        attributes.put(Metrics.ERROR_TYPE, failure.errorType());
        attributes.put(Metrics.EXEC_CAUSE, failure.cause().wireName());
        attributes.put(EXEC_CONFIDENCE, failure.confidence().wireName());
        attributes.put(EXEC_FILE, failure.file());
        putIfKnown(attributes, EXEC_INTERPRETER, failure.interpreter());
        putIfKnown(attributes, EXEC_ARCHITECTURE, failure.architecture());
        attributes.put(EXEC_COUNT, (long) failure.count());
    }

    private static @Nullable String podUid(Workload workload) {
        return workload.podUid();
    }

    private static <T> void putIfKnown(AttributesBuilder attributes, AttributeKey<T> key, @Nullable T value) {
        if (value != null) {
            attributes.put(key, value);
        }
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
