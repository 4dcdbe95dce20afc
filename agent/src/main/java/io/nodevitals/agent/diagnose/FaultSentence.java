// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import org.jspecify.annotations.Nullable;

/** What a fault is called in the sentence of a process's end. */
final class FaultSentence {
    /** The first page is never mapped: what points there is a null pointer plus a field's offset. */
    private static final long NULL_PAGE = 4096;

    private static final long MIB = 1 << 20;

    private FaultSentence() {}

    static String segfault(Termination end) {
        Fault fault = end.fault();
        return fault == null ? "an invalid memory access" : access(fault) + again(fault);
    }

    /** Ends the sentence of a process that ended itself; empty when its handler took no fault before. */
    static String handled(@Nullable Fault fault) {
        if (fault == null || !fault.isHandled()) {
            return "";
        }
        String what = fault.overflow() != null
                ? "it had used up its stack" + at(fault)
                : fault.signal() == Signals.SIGSEGV ? access(fault) : "a fault" + at(fault);
        return ", " + Sentences.duration(fault.handledNanos()) + " after its own handler had taken a "
                + Signals.name(fault.signal()) + ": " + what;
    }

    /** Says that a handler took the fault first. */
    static String again(@Nullable Fault fault) {
        return fault == null || !fault.isHandled()
                ? ""
                : "; its own handler took that, and raised the signal again " + Sentences.duration(fault.handledNanos())
                        + " later";
    }

    private static String access(Fault fault) {
        if (fault.code() == Signals.SI_KERNEL) {
            return "it used an impossible address" + at(fault);
        }
        boolean jumped = fault.access() == Fault.Access.EXECUTE;
        String access = fault.access() == null
                ? "accessed"
                : switch (fault.access()) {
                    case READ -> "read";
                    case WRITE -> "wrote to";
                    case EXECUTE -> "jumped to";
                };
        return "it " + access + " address 0x" + Long.toHexString(fault.address()) + why(fault)
                + (jumped ? "" : at(fault));
    }

    private static String why(Fault fault) {
        if (Long.compareUnsigned(fault.address(), NULL_PAGE) < 0) {
            return " (a null pointer)";
        }
        if (fault.code() != Signals.SEGV_ACCERR) {
            return ", which is not mapped";
        }
        Place place = fault.place();
        if (place == null) {
            return ", which is mapped but does not permit that";
        }
        return switch (place.kind()) {
            case FILE -> ", which is in " + place.text() + " and does not permit that";
            case GUARD -> ", which is a guard page";
            case STACK -> ", which is in its stack and does not permit that";
            case HEAP -> ", which is in its heap and does not permit that";
            case ANONYMOUS -> ", which is in anonymous memory and does not permit that";
            // It was unmapped between the fault and the signal.
            case UNMAPPED -> ", which does not permit that";
        };
    }

    static String busError(Termination end) {
        Fault fault = end.fault();
        if (is(end, Signals.BUS_MCEERR_AR) || is(end, Signals.BUS_MCEERR_AO)) {
            return "the memory module reported an error that could not be corrected. Have the node's memory checked.";
        }
        if (is(end, Signals.BUS_ADRERR)) {
            Place place = fault == null ? null : fault.place();
            return "it touched a mapped page that has nothing behind it"
                    + (place != null && place.kind() == Place.Kind.FILE ? ", in " + place.text() : "") + at(fault)
                    + again(fault)
                    + ". Look for a file truncated while mapped, or a full /dev/shm, tmpfs or huge page pool.";
        }
        return "an impossible memory access" + at(fault) + again(fault) + ". Look at its core dump.";
    }

    /** Ends the sentence that says that a stack was used up. */
    static String overflow(@Nullable Fault fault) {
        Fault.StackOverflow overflow = fault == null ? null : fault.overflow();
        if (overflow == null || !overflow.mainThread()) {
            return ", a thread's, and ran into the guard page below it" + at(fault) + again(fault)
                    + ". Look for endless recursion or a huge local array, or give the thread a larger stack.";
        }
        return ", the main thread's "
                + String.format(java.util.Locale.ROOT, "%.1f MiB", (double) overflow.limitBytes() / MIB)
                + " (RLIMIT_STACK)" + at(fault) + again(fault)
                + ". Look for endless recursion or a huge local array, or raise ulimit -s.";
    }

    /** Where the instruction lies, in brackets. */
    static String at(@Nullable Fault fault) {
        if (fault == null || fault.instructionPointer() == 0) {
            return "";
        }
        Place place = fault.instructionPlace();
        if (place == null || place.kind() == Place.Kind.UNMAPPED) {
            return " (instruction at 0x" + Long.toHexString(fault.instructionPointer()) + ")";
        }
        return " (instruction in " + place.text() + (place.isLoader() ? ", the dynamic loader" : "") + ")";
    }

    private static boolean is(Termination end, int code) {
        Fault fault = end.fault();
        Integer known = fault == null ? end.signalCode() : Integer.valueOf(fault.code());
        return known != null && known == code;
    }
}
