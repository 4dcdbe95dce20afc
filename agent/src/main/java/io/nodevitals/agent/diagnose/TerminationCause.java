// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** Why a process ended: nodevitals.termination.cause. */
public enum TerminationCause {
    /** It called exit, with any code. */
    EXIT("exit"),
    /** An invalid memory access that really happened. */
    SEGFAULT("segfault"),
    /** A memory access that the mapping or the hardware could not serve. */
    BUS_ERROR("bus_error"),
    /** The CPU refused an instruction. */
    ILLEGAL_INSTRUCTION("illegal_instruction"),
    /** Division by zero or the like. */
    ARITHMETIC_FAULT("arithmetic_fault"),
    /** It sent itself SIGABRT. */
    ABORT("abort"),
    /** A segfault just past the end of a stack. */
    STACK_OVERFLOW("stack_overflow"),
    /** The OOM killer, for a cgroup's limit. */
    OOM_CGROUP("oom_cgroup"),
    /** The OOM killer, for the node's memory. */
    OOM_NODE("oom_node"),
    /** Killed along with a victim of the OOM killer. */
    OOM_GROUP("oom_group"),
    /** A signal that somebody sent. */
    KILLED("killed"),
    /** A system call that its seccomp filter answers with death. */
    SECCOMP("seccomp"),
    /** An rlimit whose signal ends the process. */
    RESOURCE_LIMIT("resource_limit"),
    /** Killed by the kernel inside exec, past the point of no return. */
    EXEC_ABORTED("exec_aborted"),
    /** The dynamic loader gave up before main. */
    LOADER_FAILED("loader_failed"),
    /** No evidence. */
    UNKNOWN("unknown");

    private final String wireName;

    TerminationCause(String wireName) {
        this.wireName = wireName;
    }

    /** As it is sent and shown. */
    public String wireName() {
        return wireName;
    }
}
