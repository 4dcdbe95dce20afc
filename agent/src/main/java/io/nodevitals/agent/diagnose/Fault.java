// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import org.jspecify.annotations.Nullable;

/**
 * A fault as the CPU and the kernel reported it.
 *
 * @param address {@code si_addr}; 0 also when the kernel could not tell
 * @param access what was tried, null where the kernel does not say (architectures other than x86, signals other than SIGSEGV)
 * @param instructionPointer user address, 0 when unknown
 * @param stackPointer user address, 0 when unknown
 */
public record Fault(long address, @Nullable Access access, long instructionPointer, long stackPointer) {

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
}
