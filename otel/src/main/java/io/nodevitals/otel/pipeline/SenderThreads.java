// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that requests are sent on, common to all senders and gone a second after the last request. Each sender's own
 * would idle for a minute, which is the metric interval: three threads that never go away.
 */
final class SenderThreads {
    private static final long KEEP_ALIVE_SECONDS = 1;

    private final AtomicInteger number = new AtomicInteger();
    private final ExecutorService executor = new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), this::newThread);

    private Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "nodevitals-otlp-send-" + number.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    /** The same sender configuration, but with these threads. */
    <C> C applyTo(Class<C> type, C config) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getName().equals("getExecutorService")) {
                return executor;
            }
            try {
                return method.invoke(config, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** Interrupts what is still being sent. */
    void close() {
        executor.shutdownNow();
    }
}
