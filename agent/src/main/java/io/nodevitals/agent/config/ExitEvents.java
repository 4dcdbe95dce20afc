// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

/** Whether a plain exit is an event. Exits are counted in any case. */
public enum ExitEvents {
    OFF,
    /** Exits with a code other than 0. */
    NONZERO
}
