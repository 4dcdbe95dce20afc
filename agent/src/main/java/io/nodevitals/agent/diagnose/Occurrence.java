// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** Something that a person may want to know of. Immutable; any thread. Times are nanoseconds since boot. */
public sealed interface Occurrence permits Termination, ExecFailure, OomKill {

    /** Whom it happened to; for a failed exec the caller. */
    Subject subject();

    /** When it happened. */
    long bootNanos();

    /** One sentence or two for a person: what happened and what to do. Names in it are sanitised. */
    String summary();
}
