// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

/** Whether what a process was called with is told. The program's path is in any case. */
public enum CommandLines {
    OFF,
    /** The program's arguments, up to 512 bytes of them. */
    ARGUMENTS
}
