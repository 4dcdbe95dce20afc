// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Attaches probes, each by the first of its methods that works.
 *
 * <p>Most of the time goes into libbpf parsing the kernel's BTF anew for every object. Objects share nothing in libbpf, so two
 * threads can do it side by side; more would hold more copies of the BTF in memory at once.
 */
final class ProbeAttacher {
    private static final int THREADS = 2;

    private final ProbeAttempt attempt;
    private final RejectionExplainer explainer;
    private final AttachPolicy policy;

    ProbeAttacher(ProbeAttempt attempt, RejectionExplainer explainer, AttachPolicy policy) {
        this.attempt = attempt;
        this.explainer = explainer;
        this.policy = policy;
    }

    /** What became of one probe; {@code probe} is null unless it is attached. */
    record Result(String name, ProbeStatus status, @Nullable AttachedProbe probe) {}

    /** Attaches all, or closes what it attached and throws what was unexpected; results are in the order given. */
    List<Result> attach(List<ProbeDefinition> definitions) {
        ExecutorService executor = Executors.newFixedThreadPool(THREADS, ProbeAttacher::newThread);
        List<CompletableFuture<Result>> pending = new ArrayList<>();
        try {
            for (ProbeDefinition definition : definitions) {
                pending.add(CompletableFuture.supplyAsync(() -> attach(definition), executor));
            }
            return pending.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException failure) {
            pending.forEach(ProbeAttacher::closeWhenDone);
            if (failure.getCause() instanceof RuntimeException unexpected) {
                throw unexpected;
            }
            throw failure;
        } finally {
            executor.shutdown();
        }
    }

    private static Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "nodevitals-attach");
        thread.setDaemon(true);
        return thread;
    }

    /** Waits for the attempt and takes back what it attached; its own failure is the caller's or as good as the caller's. */
    private static void closeWhenDone(CompletableFuture<Result> pending) {
        Result result = pending.exceptionally(failure -> null).join();
        if (result != null && result.probe() != null) {
            result.probe().close();
        }
    }

    private Result attach(ProbeDefinition definition) {
        List<Rejection> rejected = new ArrayList<>();
        for (AttachMethod method : policy.preferred()) {
            AttachOption option = definition.option(method).orElse(null);
            if (option == null) {
                continue;
            }
            ProbeAttempt.Outcome outcome = attempt.attempt(definition, option);
            if (outcome instanceof ProbeAttempt.Outcome.Success success) {
                ProbeStatus attached = new ProbeStatus.Attached(method, option.attachPoints(), List.copyOf(rejected));
                return new Result(definition.name(), attached, success.probe());
            }
            if (outcome instanceof ProbeAttempt.Outcome.Refused refused) {
                rejected.add(explainer.explain(method, refused.failure()));
            }
        }
        ProbeStatus status =
                rejected.isEmpty() ? notOffered(definition) : ProbeStatus.ofRejected(List.copyOf(rejected));
        return new Result(definition.name(), status, null);
    }

    private ProbeStatus notOffered(ProbeDefinition definition) {
        String offered = definition.options().stream()
                .map(option -> option.method().label())
                .collect(Collectors.joining(", "));
        return new ProbeStatus.Unsupported(
                "attach=" + policy + " is asked for, and this probe offers only " + offered, List.of());
    }
}
