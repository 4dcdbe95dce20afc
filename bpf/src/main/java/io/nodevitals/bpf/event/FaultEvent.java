// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** A fatal signal as a thread takes it: signal:signal_deliver with the default action. {@code struct nv_fault_event}. */
public final class FaultEvent extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 432;

    public static final int HEADER_OFFSET = 0;
    public static final int SIGNAL_OFFSET = 64;
    public static final int CODE_OFFSET = 68;
    public static final int ERROR_OFFSET = 72;
    public static final int TRAP_ERROR_CODE_OFFSET = 76;
    public static final int ADDRESS_OFFSET = 80;
    public static final int INSTRUCTION_POINTER_OFFSET = 88;
    public static final int STACK_POINTER_OFFSET = 96;
    public static final int COMM_OFFSET = 104;
    public static final int HANDLED_BOOT_NANOS_OFFSET = 120;
    public static final int HANDLED_SIGNAL_OFFSET = 128;
    public static final int HANDLED_CODE_OFFSET = 132;
    public static final int STACK_LIMIT_OFFSET = 136;
    public static final int ADDRESS_MAPPING_OFFSET = 144;
    public static final int INSTRUCTION_MAPPING_OFFSET = 240;
    public static final int STACK_MAPPING_OFFSET = 336;

    private final EventHeader header = new EventHeader();
    private final Mapping mapping = new Mapping();

    public FaultEvent wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public EventHeader header() {
        return header.wrap(data(), at(HEADER_OFFSET));
    }

    public int signal() {
        return s32(SIGNAL_OFFSET);
    }

    /** {@code si_code}; SEGV_MAPERR 1, SEGV_ACCERR 2. */
    public int code() {
        return s32(CODE_OFFSET);
    }

    /** {@code si_errno}. */
    public int error() {
        return s32(ERROR_OFFSET);
    }

    /** x86 {@code thread.error_code}: bit 1 write, bit 4 fetch. */
    public int trapErrorCode() {
        return s32(TRAP_ERROR_CODE_OFFSET);
    }

    /** {@code si_addr}. */
    public long address() {
        return u64(ADDRESS_OFFSET);
    }

    public long instructionPointer() {
        return u64(INSTRUCTION_POINTER_OFFSET);
    }

    public long stackPointer() {
        return u64(STACK_POINTER_OFFSET);
    }

    /** When the thread took a fault to its handler, of which then address, pointers and mappings are; 0 when it did not. */
    public long handledBootNanos() {
        return u64(HANDLED_BOOT_NANOS_OFFSET);
    }

    /** The signal that was handled then. */
    public int handledSignal() {
        return s32(HANDLED_SIGNAL_OFFSET);
    }

    /** {@code si_code} of the signal that was handled then. */
    public int handledCode() {
        return s32(HANDLED_CODE_OFFSET);
    }

    /** RLIMIT_STACK in bytes, -1 for none; of a real fault alone, else 0. */
    public long stackLimit() {
        return u64(STACK_LIMIT_OFFSET);
    }

    /** Of the address; one view for all three mappings, so read it before the next is asked for. */
    public Mapping addressMapping() {
        return mapping.wrap(data(), at(ADDRESS_MAPPING_OFFSET));
    }

    /** Of the instruction pointer. */
    public Mapping instructionMapping() {
        return mapping.wrap(data(), at(INSTRUCTION_MAPPING_OFFSET));
    }

    /** Of the stack pointer; of the main thread's stack if that points at nothing. */
    public Mapping stackMapping() {
        return mapping.wrap(data(), at(STACK_MAPPING_OFFSET));
    }

    public String comm() {
        return string(COMM_OFFSET, EventHeader.COMM_LENGTH);
    }
}
