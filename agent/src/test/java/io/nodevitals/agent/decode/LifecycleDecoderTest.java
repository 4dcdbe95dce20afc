// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import static io.nodevitals.agent.decode.LifecycleRecord.REST;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.CommandLine;
import io.nodevitals.agent.process.FaultPlace;
import io.nodevitals.agent.process.LifecycleEvent;
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
import io.nodevitals.bpf.event.EventType;
import io.nodevitals.bpf.event.ExecArguments;
import io.nodevitals.bpf.event.ExecEvent;
import io.nodevitals.bpf.event.ExecFailureEvent;
import io.nodevitals.bpf.event.ExitEvent;
import io.nodevitals.bpf.event.FaultEvent;
import io.nodevitals.bpf.event.ForkEvent;
import io.nodevitals.bpf.event.Mapping;
import io.nodevitals.bpf.event.OomEvent;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.event.SignalEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LifecycleDecoderTest {
    private static final long CGROUP_ID = 0x1_0000_0042L;
    private static final CgroupRef CGROUP = new CgroupRef(
            CGROUP_ID, 9, 3, 1, List.of(new CgroupRef.Level(11, "kubepods"), new CgroupRef.Level(12, "burstable")));
    private static final Header HEADER = headerOf(CGROUP);

    private final List<LifecycleEvent> events = new ArrayList<>();
    private final LifecycleDecoder decoder = new LifecycleDecoder(4, events::add);

    @Test
    void forkCarriesTheChildItsParentAndItsCgroup() {
        record(EventType.FORK, ForkEvent.SIZE, Program.FORK)
                .string(ForkEvent.COMM_OFFSET, "sh")
                .to(decoder);
        assertThat(events).containsExactly(new ProcessForked(HEADER, "sh"));
    }

    @Test
    void execCarriesTheFileAndTheThreadThatAsked() {
        record(EventType.EXEC, ExecEvent.SIZE, Program.EXEC)
                .u32(ExecEvent.OLD_TID_OFFSET, 4003)
                .u32(ExecEvent.MOUNT_NAMESPACE_OFFSET, (int) 4026531841L)
                .string(ExecEvent.COMM_OFFSET, "exactly-15-char")
                .string(ExecEvent.FILENAME_OFFSET, "/bin/\u00ff\u001b")
                .to(decoder);
        assertThat(events)
                .containsExactly(
                        new ProcessExecuted(HEADER, 4003, 4026531841L, "exactly-15-char", "/bin/\u00ff\u001b"));
    }

    @Test
    void execCarriesTheArgumentsWhereTheRecordHasThem() {
        execWithArguments(9, 9).to(decoder);
        execWithArguments(700, ExecArguments.TEXT_LENGTH).to(decoder);
        execWithArguments(9, 0).to(decoder);

        assertThat(events)
                .extracting(event -> ((ProcessExecuted) event).commandLine())
                .satisfiesExactly(
                        all -> assertThat(all).isEqualTo(new CommandLine(List.of("sh", "-c", "ls"), false)),
                        cut -> assertThat(cut.cut()).isTrue(),
                        none -> assertThat(none).isNull());
    }

    @Test
    void moreArgumentsThanTheRecordHasRoomForAreAContradiction() {
        execWithArguments(700, ExecArguments.TEXT_LENGTH + 1).to(decoder);

        assertThat(events).isEmpty();
        assertThat(decoder.malformed()).isOne();
    }

    private static LifecycleRecord execWithArguments(int length, int read) {
        return record(EventType.EXEC, ExecEvent.SIZE + ExecArguments.SIZE, Program.EXEC)
                .string(ExecEvent.COMM_OFFSET, "sh")
                .u32(ExecEvent.SIZE + ExecArguments.LENGTH_OFFSET, length)
                .u32(ExecEvent.SIZE + ExecArguments.READ_OFFSET, read)
                .string(ExecEvent.SIZE + ExecArguments.TEXT_OFFSET, "sh\0-c\0ls\0");
    }

    @Test
    void aNameWithoutItsNulEndsWithItsField() {
        record(EventType.EXEC, ExecEvent.SIZE, Program.EXEC)
                .string(ExecEvent.COMM_OFFSET, "sixteen-bytes-ab")
                .string(ExecEvent.FILENAME_OFFSET, "f".repeat(EventHeader.FILENAME_LENGTH))
                .to(decoder);
        ProcessExecuted event = (ProcessExecuted) events.get(0);
        assertThat(event.comm()).isEqualTo("sixteen-bytes-ab");
        assertThat(event.filename()).isEqualTo("f".repeat(EventHeader.FILENAME_LENGTH));
    }

    @Test
    void execFailureCarriesWhatTheHooksCouldTell() {
        execFailure(ExecFailureEvent.FLAG_AT
                        | ExecFailureEvent.FLAG_HEAD
                        | ExecFailureEvent.FLAG_INTERPRETER
                        | ExecFailureEvent.FLAG_ENTER)
                .to(decoder);
        ExecFailed event = (ExecFailed) events.get(0);
        assertThat(event)
                .usingRecursiveComparison()
                .isEqualTo(new ExecFailed(
                        HEADER, 77, 2, true, -100, 0x1000, 4026531841L, "sh", "./tool", "/lib/ld.so", new byte[] {
                            0x7f, 'E', 'L', 'F'
                        }));
    }

    @Test
    void execFailureSaysNothingOfWhatItsFlagsDoNotVouchFor() {
        execFailure(ExecFailureEvent.FLAG_FILENAME_FAULT).to(decoder);
        ExecFailed event = (ExecFailed) events.get(0);
        assertThat(event.at()).isFalse();
        assertThat(event.enterBootNanos()).isZero();
        assertThat(event.filename()).isNull();
        assertThat(event.interpreter()).isNull();
        assertThat(event.head()).isNull();
    }

    @Test
    void exitCarriesStatusFlagsAndPeak() {
        for (int flag : new int[] {ExitEvent.FLAG_GROUP, ExitEvent.FLAG_OOM_VICTIM, ExitEvent.FLAG_IN_EXEC}) {
            record(EventType.EXIT, ExitEvent.SIZE, Program.EXIT)
                    .u32(ExitEvent.WAIT_STATUS_OFFSET, 0x8b)
                    .u32(ExitEvent.FLAGS_OFFSET, flag)
                    .u64(ExitEvent.PEAK_RSS_PAGES_OFFSET, 1L << 33)
                    .string(ExitEvent.COMM_OFFSET, "java")
                    .to(decoder);
        }
        assertThat(events)
                .containsExactly(
                        new ProcessExited(HEADER, 0x8b, true, false, false, 1L << 33, "java"),
                        new ProcessExited(HEADER, 0x8b, false, true, false, 1L << 33, "java"),
                        new ProcessExited(HEADER, 0x8b, false, false, true, 1L << 33, "java"));
    }

    @Test
    void signalCarriesItsSender() {
        actor(record(EventType.SIGNAL_GENERATE, SignalEvent.SIZE, Program.SIGNAL_GENERATE), SignalEvent.SENDER_OFFSET)
                .u32(SignalEvent.SIGNAL_OFFSET, 15)
                .u32(SignalEvent.CODE_OFFSET, -6)
                .u32(SignalEvent.ACTION_OFFSET, SignalEvent.ACTION_FATAL)
                .u32(SignalEvent.GROUP_OFFSET, 1)
                .string(SignalEvent.COMM_OFFSET, "target")
                .to(decoder);
        assertThat(events)
                .containsExactly(new SignalGenerated(HEADER, 15, -6, SignalEvent.ACTION_FATAL, true, ACTOR, "target"));
    }

    @Test
    void faultCarriesWhereItHappenedAndOnlyTheIdOfItsCgroup() {
        LifecycleRecord.of(EventType.SIGNAL_DELIVER, FaultEvent.SIZE, Program.SIGNAL_DELIVER, 2, 1)
                .u32(FaultEvent.SIGNAL_OFFSET, 11)
                .u32(FaultEvent.CODE_OFFSET, 1)
                .u32(FaultEvent.TRAP_ERROR_CODE_OFFSET, 6)
                .u64(FaultEvent.ADDRESS_OFFSET, 0xdead_beef_dead_beefL)
                .u64(FaultEvent.INSTRUCTION_POINTER_OFFSET, 0x401000)
                .u64(FaultEvent.STACK_POINTER_OFFSET, 0x7ffc_0000_0010L)
                .string(FaultEvent.COMM_OFFSET, "crash")
                .u64(FaultEvent.HANDLED_BOOT_NANOS_OFFSET, 77)
                .u32(FaultEvent.HANDLED_SIGNAL_OFFSET, 7)
                .u32(FaultEvent.HANDLED_CODE_OFFSET, 2)
                .u64(FaultEvent.STACK_LIMIT_OFFSET, 8 << 20)
                .u32(FaultEvent.ADDRESS_MAPPING_OFFSET + Mapping.STATE_OFFSET, Mapping.STATE_NONE)
                .u64(FaultEvent.INSTRUCTION_MAPPING_OFFSET + Mapping.START_OFFSET, 0x400000)
                .u64(FaultEvent.INSTRUCTION_MAPPING_OFFSET + Mapping.END_OFFSET, 0x402000)
                .u64(FaultEvent.INSTRUCTION_MAPPING_OFFSET + Mapping.FILE_OFFSET_OFFSET, 0x1000)
                .u32(FaultEvent.INSTRUCTION_MAPPING_OFFSET + Mapping.STATE_OFFSET, Mapping.STATE_FOUND)
                .u32(
                        FaultEvent.INSTRUCTION_MAPPING_OFFSET + Mapping.FLAGS_OFFSET,
                        Mapping.FLAG_READ | Mapping.FLAG_EXECUTE | Mapping.FLAG_FILE)
                .string(FaultEvent.INSTRUCTION_MAPPING_OFFSET + Mapping.NAME_OFFSET, "crash.so")
                .u32(FaultEvent.STACK_MAPPING_OFFSET + Mapping.STATE_OFFSET, Mapping.STATE_FOUND)
                .u32(
                        FaultEvent.STACK_MAPPING_OFFSET + Mapping.FLAGS_OFFSET,
                        Mapping.FLAG_WRITE | Mapping.FLAG_STACK | Mapping.FLAG_HEAP)
                .to(decoder);
        assertThat(events)
                .containsExactly(new SignalDelivered(
                        headerOf(CgroupRef.ofId(CGROUP_ID, 9)),
                        11,
                        1,
                        6,
                        0xdead_beef_dead_beefL,
                        0x401000,
                        0x7ffc_0000_0010L,
                        "crash",
                        new FaultPlace(
                                FaultPlace.Mapping.NONE,
                                new FaultPlace.Mapping(
                                        FaultPlace.State.FOUND,
                                        0x400000,
                                        0x402000,
                                        true,
                                        true,
                                        false,
                                        false,
                                        "crash.so",
                                        0x1000),
                                new FaultPlace.Mapping(FaultPlace.State.FOUND, 0, 0, true, false, true, true, null, 0),
                                8 << 20),
                        new HandledFault(77, 7, 2)));
    }

    @Test
    void oomCarriesVictimTriggerAndLimit() {
        actor(record(EventType.OOM, OomEvent.SIZE, Program.OOM), OomEvent.TRIGGER_OFFSET)
                .u64(OomEvent.ANON_PAGES_OFFSET, 1)
                .u64(OomEvent.FILE_PAGES_OFFSET, 2)
                .u64(OomEvent.SHMEM_PAGES_OFFSET, 3)
                .u64(OomEvent.SWAP_PAGES_OFFSET, 4)
                .u64(OomEvent.PAGE_TABLE_BYTES_OFFSET, 5)
                .u64(OomEvent.LIMIT_PAGES_OFFSET, 6)
                .u64(OomEvent.USAGE_PAGES_OFFSET, 7)
                .u64(OomEvent.LIMIT_CGROUP_ID_OFFSET, 8)
                .u32(OomEvent.FLAGS_OFFSET, OomEvent.FLAG_MEMORY)
                .u32(OomEvent.SCORE_ADJ_OFFSET, -997)
                .string(OomEvent.COMM_OFFSET, "victim")
                .to(decoder);
        assertThat(events)
                .containsExactly(
                        new OomVictimMarked(HEADER, ACTOR, false, true, 1, 2, 3, 4, 5, 6, 7, 8, -997, "victim"));
    }

    @Test
    void cgroupCarriesOperationAndPath() {
        for (int operation = 1; operation <= 4; operation++) {
            record(EventType.CGROUP, CgroupEvent.SIZE, Program.CGROUP_MKDIR)
                    .u32(CgroupEvent.OPERATION_OFFSET, operation)
                    .string(CgroupEvent.PATH_OFFSET, "/kubepods")
                    .to(decoder);
        }
        assertThat(events)
                .containsExactly(
                        new CgroupChanged(HEADER, CgroupChanged.Operation.MKDIR, "/kubepods"),
                        new CgroupChanged(HEADER, CgroupChanged.Operation.RMDIR, "/kubepods"),
                        new CgroupChanged(HEADER, CgroupChanged.Operation.ATTACH_TASK, "/kubepods"));
        assertThat(decoder.malformed()).isOne();
    }

    @Test
    void aRecordThatContradictsItselfIsCountedAndSkipped() {
        LifecycleRecord sound = record(EventType.FORK, ForkEvent.SIZE, Program.FORK);
        sound.cutTo(EventHeader.SIZE - 1, decoder);
        sound.cutTo(ForkEvent.SIZE - 8, decoder);
        record(EventType.FORK, ForkEvent.SIZE - 8, Program.FORK).to(decoder);
        record(EventType.FORK, ForkEvent.SIZE, Program.FORK)
                .u8(EventHeader.PROGRAM_OFFSET, Program.ALL.size())
                .to(decoder);
        record(EventType.FORK, ForkEvent.SIZE, Program.FORK)
                .u16(EventHeader.CPU_OFFSET, 4)
                .to(decoder);
        record(EventType.FORK, ForkEvent.SIZE, Program.FORK)
                .u16(LifecycleRecord.CGROUP + CgroupPath.COUNT_OFFSET, CgroupPath.LEVELS + 1)
                .to(decoder);
        execFailure(ExecFailureEvent.FLAG_HEAD)
                .u32(ExecFailureEvent.HEAD_LENGTH_OFFSET, ExecFailureEvent.HEAD_LENGTH + 1)
                .to(decoder);
        assertThat(events).isEmpty();
        assertThat(decoder.malformed()).isEqualTo(7);
        assertThat(decoder.unknown()).isZero();
    }

    @Test
    void aRecordOfAnotherBuildIsCountedAndSkipped() {
        record(99, ForkEvent.SIZE, Program.FORK).to(decoder);
        record(EventType.FORK, ForkEvent.SIZE, Program.FORK)
                .u8(EventHeader.VERSION_OFFSET, EventHeader.LAYOUT_VERSION + 1)
                .to(decoder);
        assertThat(events).isEmpty();
        assertThat(decoder.unknown()).isEqualTo(2);
        assertThat(decoder.malformed()).isZero();
    }

    @Test
    void aLongerRecordOfTheSameVersionIsReadAndItsTailSkipped() {
        record(EventType.FORK, ForkEvent.SIZE + 8, Program.FORK)
                .string(ForkEvent.COMM_OFFSET, "sh")
                .to(decoder);
        assertThat(events).containsExactly(new ProcessForked(HEADER, "sh"));
        assertThat(decoder.decoded()).isOne();
    }

    @Test
    void gapsAreTheSequenceNumbersThatNeverCamePerProgramAndCpu() {
        for (int sequence : new int[] {1, 2, 5, 4, 9}) {
            sequenced(Program.EXIT, 3, sequence);
        }
        sequenced(Program.EXIT, 1, 1);
        sequenced(Program.FORK, 3, 2);
        assertThat(decoder.consumed(Program.EXIT, 3)).isEqualTo(5);
        assertThat(decoder.highestSequence(Program.EXIT, 3)).isEqualTo(9);
        assertThat(decoder.gaps(Program.EXIT, 3)).isEqualTo(4);
        assertThat(decoder.gaps(Program.EXIT, 1)).isZero();
        assertThat(decoder.gaps(Program.FORK, 3)).isOne();
        assertThat(decoder.gaps(Program.MMAP, 0)).isZero();
    }

    @Test
    void theSequenceGoesOnBeyond32Bits() {
        sequenced(Program.EXIT, 0, 0x7fff_ffff);
        sequenced(Program.EXIT, 0, 0xffff_fffe);
        sequenced(Program.EXIT, 0, 1);
        assertThat(decoder.highestSequence(Program.EXIT, 0)).isEqualTo(0x1_0000_0001L);
        assertThat(decoder.gaps(Program.EXIT, 0)).isEqualTo(0x1_0000_0001L - 3);
    }

    @Test
    void aRecordThatCannotBeDecodedWasConsumedAllTheSame() {
        record(99, ForkEvent.SIZE, Program.FORK).to(decoder);
        assertThat(decoder.consumed(Program.FORK, 2)).isOne();
        assertThat(decoder.gaps(Program.FORK, 2)).isZero();
    }

    private void sequenced(Program program, int cpu, int sequence) {
        LifecycleRecord.of(EventType.FORK, ForkEvent.SIZE, program, cpu, sequence)
                .to(decoder);
    }

    private static LifecycleRecord record(int type, int size, Program program) {
        return LifecycleRecord.of(type, size, program, 2, 1).path();
    }

    private static LifecycleRecord execFailure(int flags) {
        return record(EventType.EXEC_FAILURE, ExecFailureEvent.SIZE, Program.EXECVE)
                .u64(ExecFailureEvent.ENTER_BOOT_NANOS_OFFSET, 77)
                .u32(ExecFailureEvent.ERROR_OFFSET, 2)
                .u32(ExecFailureEvent.FLAGS_OFFSET, flags)
                .u32(ExecFailureEvent.DIRFD_OFFSET, -100)
                .u32(ExecFailureEvent.AT_FLAGS_OFFSET, 0x1000)
                .u32(ExecFailureEvent.MOUNT_NAMESPACE_OFFSET, (int) 4026531841L)
                .u32(ExecFailureEvent.HEAD_LENGTH_OFFSET, 4)
                .string(ExecFailureEvent.COMM_OFFSET, "sh")
                .string(ExecFailureEvent.FILENAME_OFFSET, "./tool")
                .string(ExecFailureEvent.INTERPRETER_OFFSET, "/lib/ld.so")
                .string(ExecFailureEvent.HEAD_OFFSET, "\u007fELF");
    }

    private static final Actor ACTOR = new Actor(new ProcessId(501, 55), 502, 500, 0x77, "sender");

    private static LifecycleRecord actor(LifecycleRecord record, int at) {
        assertThat(at).isGreaterThanOrEqualTo(REST);
        return record.u64(at + io.nodevitals.bpf.event.Actor.START_BOOT_NANOS_OFFSET, 55)
                .u64(at + io.nodevitals.bpf.event.Actor.CGROUP_ID_OFFSET, 0x77)
                .u32(at + io.nodevitals.bpf.event.Actor.TGID_OFFSET, 501)
                .u32(at + io.nodevitals.bpf.event.Actor.TID_OFFSET, 502)
                .u32(at + io.nodevitals.bpf.event.Actor.PARENT_TGID_OFFSET, 500)
                .string(at + io.nodevitals.bpf.event.Actor.COMM_OFFSET, "sender");
    }

    private static Header headerOf(CgroupRef cgroup) {
        return new Header(
                1_000_000_000_001L,
                new ProcessId(4001, 999_000_000_002L),
                4002,
                7,
                cgroup,
                new ProcessId(4000, 998_000_000_003L));
    }
}
