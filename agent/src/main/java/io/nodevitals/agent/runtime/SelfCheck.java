// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.BpfSession;
import io.nodevitals.bpf.object.MappedCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import io.nodevitals.bpf.object.MemoryCanary;
import io.nodevitals.bpf.object.ProbeStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the agent does to know that it works: accounts at every snapshot, links and switches every {@link #LINK_INTERVAL}, canaries at
 * an interval that can be set. All on the collector's thread; {@link #reasons} and {@link #residuals} are for any.
 */
final class SelfCheck {
    /** With the canaries every 30 s: what falls silent is noticed within 30 s. */
    static final Duration LINK_INTERVAL = Duration.ofSeconds(10);

    private final AccountCheck accounts;
    private final LossReport losses;
    private final RingProgress progress;
    private final ProbeCanary probeCanary;
    private final KprobesSwitch kprobes;
    private final Readiness readiness;

    SelfCheck(
            Native natives,
            BpfSession session,
            RingSide rings,
            CanaryWatch execCanary,
            Map<String, DutyCycle> threads) {
        MappedCounters counters = session.counters();
        this.accounts = new AccountCheck(
                counters,
                new LifecycleRingAccount(
                        counters,
                        rings.decoder(),
                        rings.lifecycle()::producedPosition,
                        rings.lifecycle()::drainedPosition),
                new MemoryRingAccount(counters, rings.memory()::producedPosition),
                System::nanoTime);
        this.losses = new LossReport(counters, System::nanoTime);
        this.progress = rings.progress();
        this.probeCanary = new ProbeCanary(
                calls(natives, execCanary).stream()
                        .filter(call -> session.statuses().get(call.probe()) instanceof ProbeStatus.Attached)
                        .toList(),
                program -> counters.total(program, Field.SEEN));
        this.kprobes = new KprobesSwitch(KprobesSwitch.ENABLED, KprobesSwitch.dependent(session.statuses()));
        this.readiness = new Readiness(
                session.statuses(),
                session::checkLinks,
                List.of(
                        accounts::complaints,
                        () -> progress.complaint().stream().toList(),
                        () -> execCanary.complaint().stream().toList(),
                        probeCanary::complaints,
                        kprobes::complaints),
                threads);
    }

    private static List<ProbeCanary.Call> calls(Native natives, CanaryWatch exec) {
        MemoryCanary memory = new MemoryCanary(natives);
        return List.of(
                new ProbeCanary.Call("mmap", Program.MMAP, memory::mmap),
                new ProbeCanary.Call("mremap", Program.MREMAP, memory::mremap),
                new ProbeCanary.Call("munmap", Program.MUNMAP, memory::munmap),
                new ProbeCanary.Call("brk", Program.BRK, memory::brk),
                new ProbeCanary.Call("exec_failure", Program.EXECVE, exec::send));
    }

    /** At every snapshot. */
    void onSnapshot(MemoryTotals memory) {
        accounts.check(memory);
        losses.check();
        progress.checked();
    }

    /** At every {@link #LINK_INTERVAL}. */
    void checkLinks() {
        readiness.check();
        kprobes.check();
    }

    /** At every canary interval. */
    void sendCanaries() {
        probeCanary.send();
    }

    /** Why the agent is not ready; empty when it is. */
    List<String> reasons() {
        return readiness.reasons();
    }

    /** See {@link AccountCheck#residuals}. */
    Map<String, Long> residuals() {
        return accounts.residuals();
    }
}
