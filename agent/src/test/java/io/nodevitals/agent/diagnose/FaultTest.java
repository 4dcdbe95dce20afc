// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Signals.SIGBUS;
import static io.nodevitals.agent.diagnose.Signals.SIGSEGV;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.process.FaultPlace;
import io.nodevitals.agent.process.FaultPlace.Mapping;
import io.nodevitals.agent.process.FaultPlace.State;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Where a fault happened, and what that makes of it. */
class FaultTest {
    private static final int WRITE_FAULT = 6;
    private static final int FETCH_FAULT = 0x14;
    private static final long MIB = 1 << 20;
    private static final long STACK_END = 0x7fff_0000_0000L;
    private static final Mapping STACK = mapping(STACK_END - 8 * MIB, STACK_END, true, true, false, null);
    private static final Mapping CODE = mapping(0x400000, 0x402000, true, false, false, "app");

    private final Story story = new Story();
    private final Story.Who app = story.run(4242, Story.IN_CONTAINER, "/usr/bin/app");

    @Test
    void aMainThreadBeyondItsLimitHasOverflownItsStack() {
        long below = STACK_END - 8 * MIB - 64;
        Termination end = fault(1, WRITE_FAULT, below, below, place(Mapping.NONE, STACK, 8 * MIB));

        assertThat(end.cause()).isEqualTo(TerminationCause.STACK_OVERFLOW);
        assertThat(end.confidence()).isEqualTo(Confidence.CERTAIN);
        assertThat(end.exitCode()).isEqualTo(139);
        assertThat(end.summary())
                .contains("it used up its stack, the main thread's 8.0 MiB (RLIMIT_STACK) (instruction in app+0x1136)");
    }

    @Test
    void anAddressFarFromTheStackPointerIsNoOverflow() {
        long below = STACK_END - 8 * MIB - 64;
        Termination end = fault(1, WRITE_FAULT, below, STACK_END - 4096, place(Mapping.NONE, STACK, 8 * MIB));

        assertThat(end.cause()).isEqualTo(TerminationCause.SEGFAULT);
    }

    @Test
    void aStackThatMayStillGrowHasNotOverflown() {
        Mapping small = mapping(STACK_END - 32 * 4096, STACK_END, true, true, false, null);
        long below = STACK_END - 33 * 4096;

        assertThat(fault(1, WRITE_FAULT, below, below, place(Mapping.NONE, small, 8 * MIB))
                        .cause())
                .isEqualTo(TerminationCause.SEGFAULT);
    }

    @Test
    void withoutALimitOrALookNoOverflowIsClaimed() {
        long below = STACK_END - 8 * MIB - 64;

        assertThat(fault(1, WRITE_FAULT, below, below, place(Mapping.NONE, STACK, -1))
                        .cause())
                .isEqualTo(TerminationCause.SEGFAULT);
        assertThat(new FaultTest()
                        .fault(1, WRITE_FAULT, below, below, FaultPlace.UNKNOWN)
                        .cause())
                .isEqualTo(TerminationCause.SEGFAULT);
    }

    @Test
    void aThreadThatRunsIntoItsGuardPageHasOverflownItsStack() {
        Mapping guard = mapping(0x7f00_0000_0000L, 0x7f00_0000_1000L, false, false, false, null);
        Termination end = fault(2, WRITE_FAULT, 0x7f00_0000_0ff8L, 0x7f00_0000_0ff8L, place(guard, guard, 8 * MIB));

        assertThat(end.cause()).isEqualTo(TerminationCause.STACK_OVERFLOW);
        assertThat(end.confidence()).isEqualTo(Confidence.CERTAIN);
        assertThat(end.summary()).contains("ran into the guard page below it");
    }

    @Test
    void aLargeFrameThatReachesIntoTheGuardPageIsLikelyOne() {
        Mapping guard = mapping(0x7f00_0000_0000L, 0x7f00_0000_1000L, false, false, false, null);
        Mapping stack = mapping(0x7f00_0000_1000L, 0x7f00_0080_0000L, true, false, false, null);
        Termination end = fault(2, WRITE_FAULT, 0x7f00_0000_0800L, 0x7f00_0000_2000L, place(guard, stack, 8 * MIB));

        assertThat(end.cause()).isEqualTo(TerminationCause.STACK_OVERFLOW);
        assertThat(end.confidence()).isEqualTo(Confidence.LIKELY);
    }

    @Test
    void aGuardPageThatIsNoStacksIsASegfault() {
        Mapping guard = mapping(0x7f00_0000_0000L, 0x7f00_0000_1000L, false, false, false, null);
        Termination end = fault(2, WRITE_FAULT, 0x7f00_0000_0800L, STACK_END - 64, place(guard, STACK, 8 * MIB));

        assertThat(end.cause()).isEqualTo(TerminationCause.SEGFAULT);
        assertThat(end.summary()).contains("wrote to address 0x7f0000000800, which is a guard page");
    }

    @Test
    void whatWasTouchedIsNamed() {
        Mapping readOnly = mapping(0x7f00_0000_0000L, 0x7f00_0000_1000L, true, false, false, "libx.so");
        Termination end = fault(2, WRITE_FAULT, 0x7f00_0000_0136L, STACK_END - 64, place(readOnly, STACK, 8 * MIB));

        assertThat(end.fault().place()).isEqualTo(new Place(Place.Kind.FILE, "libx.so+0x1136"));
        assertThat(end.summary()).contains("which is in libx.so+0x1136 and does not permit that");
    }

    @Test
    void aJumpIntoTheHeapSaysSo() {
        Mapping heap = mapping(0x100000, 0x200000, true, false, true, null);
        Termination end = fault(2, FETCH_FAULT, 0x100040, STACK_END - 64, place(heap, STACK, 8 * MIB));

        assertThat(end.fault().place()).isEqualTo(new Place(Place.Kind.HEAP, "[heap]"));
        assertThat(end.summary())
                .contains("it jumped to address 0x100040, which is in its heap and does not permit that");
    }

    @Test
    void aYoungProgramInItsLoaderCrashedBeforeMain() {
        Mapping loader = mapping(0x400000, 0x402000, true, false, false, "ld-linux-x86-64.so.2");
        Termination end = fault(1, 4, 0, STACK_END - 64, new FaultPlace(Mapping.NONE, loader, STACK, 8 * MIB));

        assertThat(end.phase()).isEqualTo(Phase.BEFORE_MAIN);
        assertThat(end.summary()).contains("(instruction in ld-linux-x86-64.so.2+0x1136, the dynamic loader)");
    }

    @Test
    void aTruncatedFileIsNamed() {
        Mapping file = mapping(0x7f00_0000_0000L, 0x7f00_0000_2000L, true, false, false, "cache.db");
        story.signal(app, app, SIGBUS, 2);
        story.deliver(app, SIGBUS, 2, 0, 0x7f00_0000_1010L, STACK_END - 64, place(file, STACK, 8 * MIB));
        story.exit(app, SIGBUS);

        assertThat(story.termination().summary())
                .contains("it touched a mapped page that has nothing behind it, in cache.db+0x1136");
    }

    private Termination fault(int code, int trap, long address, long stackPointer, FaultPlace place) {
        story.signal(app, app, SIGSEGV, code);
        story.deliver(app, SIGSEGV, code, trap, address, stackPointer, place);
        story.exit(app, SIGSEGV);
        return story.termination();
    }

    private static FaultPlace place(Mapping address, Mapping stack, long limitBytes) {
        return new FaultPlace(address, CODE, stack, limitBytes);
    }

    /** Every file's mapping gives the same offset: whose it is does not matter here. */
    private static Mapping mapping(
            long start, long end, boolean accessible, boolean stack, boolean heap, @Nullable String file) {
        return new Mapping(State.FOUND, start, end, accessible, false, stack, heap, file, file == null ? 0 : 0x1136);
    }
}
