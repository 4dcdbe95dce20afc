// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.runtime.AgentStartException.Kind;
import io.nodevitals.agent.runtime.NodeAgentFactory.NodeClaim;
import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Libc;
import io.nodevitals.bpf.libbpf.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lock that makes an agent the only one of its node: flock(2) on the directory of the cgroup hierarchy's root.
 *
 * <p>That directory is one inode of one superblock for every mount of the hierarchy, in whatever mount, pid, net or cgroup namespace,
 * so agents in different containers meet there, as long as each sees the whole hierarchy, which it needs anyway. The kernel releases
 * the lock with the last descriptor: after any death, and no file is left behind.
 *
 * <p>Whoever can open the directory can lock it. A holder that could not run an agent, for it has neither CAP_BPF nor
 * CAP_SYS_ADMIN, is therefore named in the log and otherwise ignored.
 */
final class NodeLock {
    /** An agent that is being replaced is given the time to end. */
    private static final long PATIENCE_NANOS = 3_000_000_000L;

    private static final long PAUSE_MILLIS = 100;
    private static final long CAP_SYS_ADMIN = 1L << 21;
    private static final long CAP_BPF = 1L << 39;
    private static final System.Logger LOG = System.getLogger(NodeLock.class.getName());

    private final Path directory;
    private final Path proc;

    NodeLock(Path directory, Path proc) {
        this.directory = directory;
        this.proc = proc;
    }

    /**
     * Takes the lock, or says in the log why there is none to take.
     *
     * @param directory the hierarchy's root
     * @param proc where proc is mounted, to find the holder
     * @throws AgentStartException of kind OCCUPIED when an agent holds it
     */
    static NodeClaim take(Native natives, Path directory, Path proc) throws AgentStartException {
        return take(natives, directory, proc, PATIENCE_NANOS);
    }

    static NodeClaim take(Native natives, Path directory, Path proc, long patienceNanos) throws AgentStartException {
        Libc libc = natives.libc();
        int fd = libc.open(directory.toString(), Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        if (fd < 0) {
            return without(directory, "open: " + Errno.describe(natives.lastErrno()));
        }
        NodeClaim claim = () -> libc.close(fd);
        boolean kept = false;
        try {
            NodeLock lock = new NodeLock(directory, proc);
            long deadline = System.nanoTime() + patienceNanos;
            while (libc.flock(fd, Libc.LOCK_EX | Libc.LOCK_NB) != 0) {
                int errno = natives.lastErrno();
                if (errno != Errno.EAGAIN && errno != Errno.EINTR) {
                    return without(directory, "flock: " + Errno.describe(errno));
                }
                Holder holder = lock.holder();
                if (holder != null && !holder.mayRunAnAgent) {
                    return without(
                            directory,
                            "held by " + holder.name + ", pid " + holder.pid + ", which could not run an agent");
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new AgentStartException(Kind.OCCUPIED, lock.refusal(holder), null);
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
            kept = true;
            return claim;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new AgentStartException(Kind.OCCUPIED, "Stopped while waiting for another agent to end.", stopping);
        } finally {
            if (!kept) {
                claim.close();
            }
        }
    }

    private static NodeClaim without(Path directory, String why) {
        LOG.log(
                System.Logger.Level.WARNING,
                "The agents' lock, " + directory + ", cannot be taken (" + why
                        + "): a second agent would not be noticed.");
        return () -> {};
    }

    /** Who has the lock, as far as it can be seen. */
    record Holder(long pid, String name, boolean mayRunAnAgent) {}

    /** Null when nobody of this proc's pid namespace has it. */
    @Nullable
    Holder holder() {
        try {
            String place = place();
            for (String line : Files.readAllLines(proc.resolve("locks"), StandardCharsets.ISO_8859_1)) {
                // "1: FLOCK  ADVISORY  WRITE 4711 00:1b:1 0 EOF"
                String[] fields = line.trim().split("\\s+", -1);
                if (fields.length >= 6 && fields[1].equals("FLOCK") && fields[5].equals(place)) {
                    return process(Long.parseLong(fields[4]));
                }
            }
        } catch (IOException | NumberFormatException notToBeSeen) {
            return null;
        }
        return null;
    }

    private Holder process(long pid) throws IOException {
        String name = "";
        long effective = -1;
        Path status = proc.resolve(Long.toString(pid)).resolve("status");
        for (String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
            String[] field = line.split(":\\s*", 2);
            if (field[0].equals("Name")) {
                name = field[1];
            } else if (field[0].equals("CapEff")) {
                effective = Long.parseUnsignedLong(field[1].trim(), 16);
            }
        }
        return new Holder(pid, name, (effective & (CAP_SYS_ADMIN | CAP_BPF)) != 0);
    }

    /** The directory as /proc/locks writes it: device, inode. */
    private String place() throws IOException {
        long device = ((Number) Files.getAttribute(directory, "unix:dev")).longValue();
        long inode = ((Number) Files.getAttribute(directory, "unix:ino")).longValue();
        // sysmacros.h of libc: gnu_dev_major, gnu_dev_minor
        long major = (device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL);
        long minor = (device & 0xff) | (device >>> 12 & ~0xffL);
        return String.format(Locale.ROOT, "%02x:%02x:%d", major, minor, inode);
    }

    private String refusal(@Nullable Holder holder) {
        String who = Optional.ofNullable(holder)
                .map(known -> known.name + ", pid " + known.pid)
                .orElseGet(this::unseen);
        return "Another agent runs on this machine (" + who + ", holds the lock of " + directory
                + "), and one is enough for a node: trace and doctor ask the one that runs. To replace it, stop it first.";
    }

    private String unseen() {
        try {
            return "in another pid namespace; on the node, grep 'FLOCK.* " + place() + " ' /proc/locks shows its pid";
        } catch (IOException e) {
            return "its pid cannot be seen from here";
        }
    }
}
