// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import org.jspecify.annotations.Nullable;

/**
 * The mappings behind a fault, as the kernel had them when the thread took the signal.
 *
 * @param stack of the stack pointer; of the main thread's stack if that points at nothing
 * @param stackLimitBytes RLIMIT_STACK, negative for none, 0 when nobody looked
 */
public record FaultPlace(Mapping address, Mapping instruction, Mapping stack, long stackLimitBytes) {
    /** Nobody looked. */
    public static final FaultPlace UNKNOWN = new FaultPlace(Mapping.UNKNOWN, Mapping.UNKNOWN, Mapping.UNKNOWN, 0);

    /** What a look told. */
    public enum State {
        UNKNOWN,
        NONE,
        FOUND
    }

    /**
     * What an address lies in.
     *
     * @param start first byte, 0 unless found
     * @param end first byte behind it
     * @param accessible may be read, written or executed; a guard page may not
     * @param stack the main thread's, or one that grows down
     * @param heap what brk moves
     * @param file the mapped file's own name, not sanitised; null when it maps none
     * @param fileOffset of the address in the file, in bytes
     */
    public record Mapping(
            State state,
            long start,
            long end,
            boolean accessible,
            boolean executable,
            boolean stack,
            boolean heap,
            @Nullable String file,
            long fileOffset) {
        /** Nobody looked, or it changed under the look. */
        public static final Mapping UNKNOWN = of(State.UNKNOWN);

        /** Nothing is mapped there. */
        public static final Mapping NONE = of(State.NONE);

        private static Mapping of(State state) {
            return new Mapping(state, 0, 0, false, false, false, false, null, 0);
        }

        public boolean isNone() {
            return state == State.NONE;
        }

        public boolean isFound() {
            return state == State.FOUND;
        }

        /** A page that is there to be run into: mapped, and nothing may touch it. */
        public boolean isGuard() {
            return isFound() && !accessible && file == null;
        }
    }
}
