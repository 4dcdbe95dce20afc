// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.diagnose.Fault.Access;
import io.nodevitals.agent.diagnose.Fault.StackOverflow;
import io.nodevitals.agent.process.FaultPlace;
import io.nodevitals.agent.process.FaultPlace.Mapping;
import io.nodevitals.agent.process.LifecycleEvent.HandledFault;
import io.nodevitals.agent.process.LifecycleEvent.SignalDelivered;
import org.jspecify.annotations.Nullable;

/** Makes sense of a real fault: what was tried, where, and whether a stack was used up. */
final class FaultJudge {
    /** x86: bits of a page fault's error code (arch/x86/include/asm/trap_pf.h). */
    private static final int FAULT_WRITE = 1 << 1;

    private static final int FAULT_FETCH = 1 << 4;

    /**
     * How far from the stack pointer a frame's own memory may lie: a call that pushes, or a large frame that is touched from its far
     * end. Further away the address has nothing to do with the stack.
     */
    private static final long FRAME_BYTES = 1 << 20;

    /**
     * How long a crash handler may take to report before it raises a signal that ends the process. HotSpot writes its error report there.
     */
    private static final long HANDLER_NANOS = 10_000_000_000L;

    private final boolean x86;

    FaultJudge(boolean x86) {
        this.x86 = x86;
    }

    /** Null when it was no fault and none was handled shortly before, or no record of it came. */
    @Nullable
    Fault judge(int signal, @Nullable SignalDelivered delivered) {
        if (delivered == null) {
            return null;
        }
        HandledFault handled = delivered.handled();
        if (handled != null) {
            long before = Math.max(1, delivered.header().bootNanos() - handled.bootNanos());
            return before <= HANDLER_NANOS ? fault(handled.signal(), handled.code(), delivered, before) : null;
        }
        return Signals.isFault(signal) && delivered.code() > 0 ? fault(signal, delivered.code(), delivered, 0) : null;
    }

    private Fault fault(int signal, int code, SignalDelivered delivered, long handledNanos) {
        boolean pageFault = signal == Signals.SIGSEGV && code < Signals.SI_KERNEL;
        FaultPlace place = delivered.place();
        return new Fault(
                signal,
                code,
                delivered.address(),
                x86 && pageFault ? access(delivered.trapErrorCode()) : null,
                delivered.instructionPointer(),
                delivered.stackPointer(),
                pageFault || signal == Signals.SIGBUS ? Place.of(place.address()) : null,
                delivered.instructionPointer() == 0 ? null : Place.of(place.instruction()),
                pageFault ? overflow(delivered) : null,
                handledNanos);
    }

    private static Access access(int error) {
        if ((error & FAULT_FETCH) != 0) {
            return Access.EXECUTE;
        }
        return (error & FAULT_WRITE) != 0 ? Access.WRITE : Access.READ;
    }

    private static @Nullable StackOverflow overflow(SignalDelivered delivered) {
        FaultPlace place = delivered.place();
        if (!isNear(delivered.address(), delivered.stackPointer())) {
            return null;
        }
        return place.address().isGuard() ? intoGuard(delivered) : belowMainStack(delivered);
    }

    // The kernel lets the main thread's stack grow to RLIMIT_STACK: mm/mmap.c, acct_stack_growth.
    private static @Nullable StackOverflow belowMainStack(SignalDelivered delivered) {
        FaultPlace place = delivered.place();
        Mapping stack = place.stack();
        long limit = place.stackLimitBytes();
        boolean below = place.address().isNone()
                && stack.isFound()
                && stack.stack()
                && Long.compareUnsigned(delivered.address(), stack.start()) < 0;
        if (!below || limit <= 0) {
            return null;
        }
        boolean beyondLimit = Long.compareUnsigned(stack.end() - delivered.address(), limit) > 0;
        boolean grown = stack.end() - stack.start() > limit / 2;
        return beyondLimit && grown ? new StackOverflow(true, limit, Confidence.CERTAIN) : null;
    }

    // Other threads' stacks are plain mappings with a page below that nothing may touch: pthread_attr_setguardsize(3).
    private static StackOverflow intoGuard(SignalDelivered delivered) {
        Mapping guard = delivered.place().address();
        boolean pointerInside = Long.compareUnsigned(delivered.stackPointer(), guard.start()) >= 0
                && Long.compareUnsigned(delivered.stackPointer(), guard.end()) <= 0;
        return new StackOverflow(false, 0, pointerInside ? Confidence.CERTAIN : Confidence.LIKELY);
    }

    private static boolean isNear(long address, long stackPointer) {
        return stackPointer != 0 && Math.abs(address - stackPointer) <= FRAME_BYTES;
    }
}
