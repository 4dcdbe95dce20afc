// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import org.jspecify.annotations.Nullable;

/**
 * A fault as the CPU and the kernel reported it.
 *
 * @param signal SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGTRAP
 * @param code {@code si_code}
 * @param address {@code si_addr}; 0 also when the kernel could not tell
 * @param access what was tried, null where the kernel does not say (architectures other than x86, signals other than SIGSEGV)
 * @param instructionPointer user address, 0 when unknown
 * @param stackPointer user address, 0 when unknown
 * @param place what the address lies in, null when unknown
 * @param instructionPlace what the instruction pointer lies in, null when unknown
 * @param overflow which stack was used up, null when none was
 * @param handledNanos how long before the process's last signal its own handler took the fault; 0 when that signal is the fault
 */
public record Fault(
        int signal,
        int code,
        long address,
        @Nullable Access access,
        long instructionPointer,
        long stackPointer,
        @Nullable Place place,
        @Nullable Place instructionPlace,
        @Nullable StackOverflow overflow,
        long handledNanos) {

    /** The signal's name, such as SIGSEGV. */
    public String signalName() {
        return Signals.name(signal);
    }

    /** Whether the process's own handler took it. */
    public boolean isHandled() {
        return handledNanos != 0;
    }

    /** What a faulting instruction tried. */
    public enum Access {
        READ("read"),
        WRITE("write"),
        EXECUTE("execute");

        private final String wireName;

        Access(String wireName) {
            this.wireName = wireName;
        }

        /** As it is sent and shown. */
        public String wireName() {
            return wireName;
        }
    }

    /**
     * A stack that was used up.
     *
     * @param mainThread of the main thread, which may grow up to RLIMIT_STACK; else one that ends at a guard page
     * @param limitBytes RLIMIT_STACK; 0 for another thread's
     * @param confidence certain where address, stack pointer and limit agree
     */
    public record StackOverflow(boolean mainThread, long limitBytes, Confidence confidence) {}
}
