// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

/** Why a program would not start. What exec refuses has the name that a failed exec's record has. */
public enum StartCause {
    /** The file, or a directory on its path, is not there. */
    FILE_MISSING("file_missing"),
    /** The dynamic loader that the file asks for is not there. */
    INTERPRETER_MISSING("interpreter_missing"),
    /** The wanted dynamic loader belongs to another libc than this root file system has. */
    LIBC_MISMATCH("libc_mismatch"),
    /** The program after #!, or after env, is not there. */
    SCRIPT_INTERPRETER_MISSING("script_interpreter_missing"),
    /** The line after #! ends in a carriage return. */
    SCRIPT_CRLF("script_crlf"),
    /** Built for another CPU, and no binfmt_misc handler takes it. */
    WRONG_ARCHITECTURE("wrong_architecture"),
    /** Neither ELF nor a script with #!. */
    UNKNOWN_FORMAT("unknown_format"),
    /** Begins like ELF, but does not hold together. */
    CORRUPT_ELF("corrupt_elf"),
    /** No execute permission bit, or no regular file. */
    NOT_EXECUTABLE("not_executable"),
    /** Its file system is mounted noexec. */
    NOEXEC_MOUNT("noexec_mount"),
    /** The user may not enter a directory on its path. */
    PERMISSION("permission"),
    /** Too many symbolic links, or interpreters of interpreters. */
    SYMLINK_LOOP("symlink_loop"),
    /** The loader would not find a library. */
    LIBRARY_MISSING("library_missing"),
    /** The loader would find a library that it cannot load. */
    LIBRARY_UNUSABLE("library_unusable"),
    /** A library does not offer a symbol version that is needed. */
    VERSION_MISSING("version_missing"),
    /** No library offers a symbol that is needed at the start. */
    SYMBOL_MISSING("symbol_missing"),
    /** It could not be looked at. */
    UNKNOWN("unknown");

    private final String wireName;

    StartCause(String wireName) {
        this.wireName = wireName;
    }

    /** Whether it is the dynamic loader that finds it, after execve(2) has succeeded. */
    public boolean isLoaders() {
        return this == LIBRARY_MISSING || this == LIBRARY_UNUSABLE || this == VERSION_MISSING || this == SYMBOL_MISSING;
    }

    /** As it is shown. */
    public String wireName() {
        return wireName;
    }
}
