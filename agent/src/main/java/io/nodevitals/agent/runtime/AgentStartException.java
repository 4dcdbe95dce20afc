// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import org.jspecify.annotations.Nullable;

/** Why an agent could not be started, for the person who started it. */
public final class AgentStartException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Whose move it is. */
    public enum Kind {
        /** What was asked for cannot be: a malformed endpoint, say. Exit code 2. */
        USAGE,
        /** The machine lacks something: libbpf, BTF, privileges, a free port. Exit code 1. */
        ENVIRONMENT,
        /** Another agent runs here. Exit code 3. */
        OCCUPIED
    }

    private final Kind kind;

    /**
     * Why, and what to do.
     *
     * @param sentence names the thing and the remedy
     * @param cause shown with --debug only
     */
    public AgentStartException(Kind kind, String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
        this.kind = kind;
    }

    /** Whose move it is. */
    public Kind kind() {
        return kind;
    }
}
