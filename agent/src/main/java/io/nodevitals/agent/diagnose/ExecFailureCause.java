// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** Why a program did not start: nodevitals.exec.cause. */
public enum ExecFailureCause {
    /** The file, or a directory on its path, is not there. */
    FILE_MISSING("file_missing"),
    /** The ELF interpreter (dynamic loader) that the file asks for is not there. */
    INTERPRETER_MISSING("interpreter_missing"),
    /** The wanted dynamic loader belongs to another libc than this root file system has. */
    LIBC_MISMATCH("libc_mismatch"),
    /** The program after #! is not there. */
    SCRIPT_INTERPRETER_MISSING("script_interpreter_missing"),
    /** The line after #! ends in a carriage return. */
    SCRIPT_CRLF("script_crlf"),
    /** Built for another CPU. */
    WRONG_ARCHITECTURE("wrong_architecture"),
    /** A binfmt_misc handler that used to run it is gone. */
    BINFMT_HANDLER_LOST("binfmt_handler_lost"),
    /** Neither ELF nor a script with #!. */
    UNKNOWN_FORMAT("unknown_format"),
    /** Begins like ELF, but does not hold together. */
    CORRUPT_ELF("corrupt_elf"),
    /** No execute permission bit, or no regular file. */
    NOT_EXECUTABLE("not_executable"),
    /** Its file system is mounted noexec. */
    NOEXEC_MOUNT("noexec_mount"),
    /** Refused for another reason: directory permissions, a security module. */
    PERMISSION("permission"),
    /** Arguments and environment exceed the kernel's limit. */
    ARGUMENT_LIST_TOO_LONG("argument_list_too_long"),
    /** Open for writing. */
    TEXT_BUSY("text_busy"),
    /** Too many symbolic links, or interpreters of interpreters. */
    SYMLINK_LOOP("symlink_loop"),
    /** The kernel had no memory for it. */
    NO_MEMORY("no_memory"),
    /** No evidence. */
    UNKNOWN("unknown");

    private final String wireName;

    ExecFailureCause(String wireName) {
        this.wireName = wireName;
    }

    /** As it is sent and shown. */
    public String wireName() {
        return wireName;
    }
}
