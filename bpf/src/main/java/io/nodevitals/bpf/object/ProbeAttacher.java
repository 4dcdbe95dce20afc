// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/**
 * Attaches probes, each by the first of its methods that works.
 *
 * <p>Most of the time goes into libbpf parsing the kernel's BTF anew for every object. Objects share nothing in libbpf, so two
 * threads can do it side by side; more would hold more copies of the BTF in memory at once. And a method that the kernel refuses
 * whatever the program is not tried again with the next probe.
 */
final class ProbeAttacher {
    private static final int THREADS = 2;
    /** A kernel has them for all functions or for none: the other methods may be refused for reasons of one object. */
    private static final Set<AttachMethod> TRAMPOLINES = EnumSet.of(AttachMethod.FEXIT, AttachMethod.FENTRY);

    private final ProbeAttempt attempt;
    private final RejectionExplainer explainer;
    private final AttachPolicy policy;
    private final Map<AttachMethod, ProbeAttempt.Failure> refused = new ConcurrentHashMap<>();

    ProbeAttacher(ProbeAttempt attempt, RejectionExplainer explainer, AttachPolicy policy) {
        this.attempt = attempt;
        this.explainer = explainer;
        this.policy = policy;
    }

    /** What became of one probe; {@code probes} is empty unless it is attached, and has two objects with one for 32-bit programs. */
    record Result(String name, ProbeStatus status, List<AttachedProbe> probes) {}

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
        if (result != null) {
            result.probes().forEach(AttachedProbe::close);
        }
    }

    private Result attach(ProbeDefinition definition) {
        List<Rejection> rejected = new ArrayList<>();
        for (AttachMethod method : policy.preferred()) {
            AttachOption option = definition.option(method).orElse(null);
            if (option == null) {
                continue;
            }
            ProbeAttempt.Outcome outcome = attempt(definition, option);
            if (outcome instanceof ProbeAttempt.Outcome.Success success) {
                policy.passedOver(definition, method).ifPresent(other -> rejected.add(0, other));
                return attached(definition, option, success.probe(), List.copyOf(rejected));
            }
            if (outcome instanceof ProbeAttempt.Outcome.Refused refusal) {
                rejected.add(explainer.explain(method, refusal.failure()));
            }
        }
        ProbeStatus status =
                rejected.isEmpty() ? notOffered(definition) : ProbeStatus.ofRejected(List.copyOf(rejected));
        return new Result(definition.name(), status, List.of());
    }

    private ProbeAttempt.Outcome attempt(ProbeDefinition definition, AttachOption option) {
        ProbeAttempt.Failure known = refused.get(option.method());
        if (known != null) {
            return new ProbeAttempt.Outcome.Refused(known);
        }
        ProbeAttempt.Outcome outcome = attempt.attempt(definition, option);
        if (TRAMPOLINES.contains(option.method())
                && outcome instanceof ProbeAttempt.Outcome.Refused refusal
                && refusal.failure().isOfAnyProgram()) {
            refused.putIfAbsent(option.method(), refusal.failure());
        }
        return outcome;
    }

    /** Adds the programs for 32-bit programs' calls, loaded apart, so that a kernel without them loses nothing else. */
    private Result attached(
            ProbeDefinition definition, AttachOption option, AttachedProbe probe, List<Rejection> rejected) {
        List<String> attachPoints = new ArrayList<>(option.attachPoints());
        List<AttachedProbe> probes = new ArrayList<>(List.of(probe));
        Rejection refusedCompat = null;
        AttachOption compat = option.compatOption().orElse(null);
        if (compat != null) {
            ProbeAttempt.Outcome outcome = attempt.attempt(definition, compat);
            if (outcome instanceof ProbeAttempt.Outcome.Success success) {
                attachPoints.addAll(compat.attachPoints());
                probes.add(success.probe());
            } else if (outcome instanceof ProbeAttempt.Outcome.Refused refused) {
                refusedCompat = explainer.explain(option.method(), refused.failure());
            }
        }
        ProbeStatus status =
                new ProbeStatus.Attached(option.method(), List.copyOf(attachPoints), rejected, refusedCompat);
        return new Result(definition.name(), status, List.copyOf(probes));
    }

    private ProbeStatus notOffered(ProbeDefinition definition) {
        String offered = definition.options().stream()
                .map(option -> option.method().label())
                .collect(Collectors.joining(", "));
        return new ProbeStatus.Unsupported(
                "attach=" + policy + " is asked for, and this probe offers only " + offered, List.of());
    }
}
