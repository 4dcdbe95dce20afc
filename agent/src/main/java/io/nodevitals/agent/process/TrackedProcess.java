// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import org.jspecify.annotations.Nullable;

/**
 * What {@link ProcessRegistry} knows of one process. Changes as records arrive; only the registry's thread may look. Names are raw
 * Latin-1 chars, not sanitised.
 */
public final class TrackedProcess {
    static final long UNKNOWN_GENERATION = -1;

    ProcessId id;
    /** Start in ticks from a scan while the exact time is unknown, else -1. */
    long startTicks = -1;

    ProcessId parent;
    private final ProcessId firstParent;
    String comm = "";

    @Nullable
    String executablePath;

    @Nullable
    CommandLine commandLine;

    long execBootNanos;
    int execCount;
    long generation = UNKNOWN_GENERATION;

    @Nullable
    CgroupRef cgroup;

    long mountNamespace;
    long endBootNanos;
    boolean exitSeen;

    TrackedProcess(ProcessId id, ProcessId parent) {
        this.id = id;
        this.parent = parent;
        firstParent = parent;
    }

    /** Who it is. From a scan the start is rounded down to the tick until the first record names it. */
    public ProcessId id() {
        return id;
    }

    /** The real parent as last seen; tgid 0 when unknown. */
    public ProcessId parent() {
        return parent;
    }

    /** The real parent as first seen: as a rule who made it, though that may have ended since; tgid 0 when unknown. */
    public ProcessId firstParent() {
        return firstParent;
    }

    /** Name of the main thread as last seen, or of another thread when no more is known. */
    public String comm() {
        return comm;
    }

    /**
     * Path of the program it runs as it was given to exec, its own or that of the ancestor it was forked from.
     *
     * @return null when unknown, also when an exec must have been missed
     */
    public @Nullable String executablePath() {
        return executablePath;
    }

    /**
     * What it was called with, itself or the ancestor it was forked from.
     *
     * @return null when unknown, also when an exec must have been missed, and when nobody asked for it
     */
    public @Nullable CommandLine commandLine() {
        return commandLine;
    }

    /**
     * Last part of {@link #executablePath()}; {@link #comm()} when that is unknown or says nothing, like /proc/self/fd/6 (runc starts
     * itself that way).
     */
    public String name() {
        String path = executablePath;
        if (path == null || path.startsWith("/proc/") || path.startsWith("/dev/fd/")) {
            return comm;
        }
        String base = path.substring(path.lastIndexOf('/') + 1);
        return base.isEmpty() ? comm : base;
    }

    /** When it last exec'd itself, 0 when it has not or that was not seen. */
    public long execBootNanos() {
        return execBootNanos;
    }

    /** How many execs of its own were seen. */
    public int execCount() {
        return execCount;
    }

    /** Its cgroup as last seen, null when unknown. */
    public @Nullable CgroupRef cgroup() {
        return cgroup;
    }

    /** Inode number of its mount namespace at its last exec, its parent's exec, or the scan; 0 when unknown. */
    public long mountNamespace() {
        return mountNamespace;
    }

    /** Whether its exit record was applied. */
    public boolean exitSeen() {
        return exitSeen;
    }

    /** When it ended as far as is known, 0 while it lives. */
    public long endBootNanos() {
        return endBootNanos;
    }

    /** Whether it has ended as far as is known. */
    public boolean ended() {
        return endBootNanos != 0;
    }
}
