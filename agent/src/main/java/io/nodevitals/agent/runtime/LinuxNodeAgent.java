// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetrySnapshot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A running agent: everything that was started for it, in order, to be closed the other way round. */
final class LinuxNodeAgent implements NodeAgent {
    private static final System.Logger LOG = System.getLogger(LinuxNodeAgent.class.getName());

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    // Status and accounts are read from memory that close() unmaps: a read holds the read lock, and close() freezes
    // both first.
    private final ReadWriteLock mapped = new ReentrantReadWriteLock();
    private @Nullable Supplier<AgentStatus> status;
    private @Nullable Supplier<TelemetrySnapshot> snapshot;
    private @Nullable Supplier<List<String>> unbalanced;
    private @Nullable Supplier<List<BinfmtState>> binfmt;

    /** Remembers a part to close; returns it. */
    <T extends AutoCloseable> T owns(T part) {
        parts.push(part);
        return part;
    }

    void answersWith(
            Supplier<AgentStatus> statusSource,
            Supplier<TelemetrySnapshot> snapshotSource,
            Supplier<List<String>> unbalancedSource,
            Supplier<List<BinfmtState>> binfmtSource) {
        unbalanced = unbalancedSource;
        binfmt = binfmtSource;
        status = statusSource;
        snapshot = snapshotSource;
    }

    /** Ends the agent because of something that it cannot survive. */
    void fail(Throwable cause) {
        failure.compareAndSet(null, cause);
        stopped.countDown();
    }

    @Override
    public AgentStatus status() {
        return read(() -> started(status).get());
    }

    @Override
    public TelemetrySnapshot snapshot() {
        return started(snapshot).get();
    }

    @Override
    public List<String> unbalancedAccounts() {
        return read(() -> started(unbalanced).get());
    }

    @Override
    public List<BinfmtState> binfmt() {
        return started(binfmt).get();
    }

    private <T> T read(Supplier<T> source) {
        mapped.readLock().lock();
        try {
            return source.get();
        } finally {
            mapped.readLock().unlock();
        }
    }

    /** From now on what was last known is answered; waits for reads that are under way. */
    private void freeze() {
        mapped.writeLock().lock();
        try {
            if (status != null && unbalanced != null) {
                AgentStatus last = status.get();
                List<String> lastUnbalanced = unbalanced.get();
                status = () -> last;
                unbalanced = () -> lastUnbalanced;
            }
        } finally {
            mapped.writeLock().unlock();
        }
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the agent has not been started");
        }
        return part;
    }

    @Override
    public @Nullable Throwable awaitStop() throws InterruptedException {
        stopped.await();
        return failure.get();
    }

    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        freeze();
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(System.Logger.Level.WARNING, "While stopping: " + e, e);
            }
        }
        stopped.countDown();
    }
}
