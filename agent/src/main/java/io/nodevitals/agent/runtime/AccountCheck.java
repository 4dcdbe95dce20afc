// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.bpf.object.MappedCounters;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The agent's own proof, at every snapshot, that nothing was lost or counted twice between the kernel and its totals.
 *
 * <p>{@link #check} is for the collector's thread, which has the totals; what it found may be read by any thread. A residual is
 * an error in the log (again when it grows, but each account's at most once a minute), a metric, and a reason not to be ready. It
 * clears only when the account balances again, which for a real loss is never: restarting the agent starts the accounts anew.
 */
final class AccountCheck {
    /** A snapshot is taken every five seconds without anybody asking. */
    private static final long OVERDUE_NANOS = 60_000_000_000L;

    private static final long LOG_NANOS = 60_000_000_000L;
    private static final int NAMED = 5;
    private static final System.Logger LOG = System.getLogger(AccountCheck.class.getName());

    private final OutcomeAccount outcomes;
    private final LifecycleRingAccount lifecycle;
    private final MemoryRingAccount memory;
    private final MonotonyAccount monotony;
    private final LongSupplier nanoTime;
    private final Map<Account, LogState> logged = new EnumMap<>(Account.class);
    private volatile List<Residual> residuals = List.of();
    private volatile long checkedNanos;

    /** What of an account was logged last. */
    private record LogState(long nanos, long events) {}

    AccountCheck(
            MappedCounters counters, LifecycleRingAccount lifecycle, MemoryRingAccount memory, LongSupplier nanoTime) {
        this.outcomes = new OutcomeAccount(counters);
        this.monotony = new MonotonyAccount(counters);
        this.lifecycle = lifecycle;
        this.memory = memory;
        this.nanoTime = nanoTime;
        this.checkedNanos = nanoTime.getAsLong();
    }

    /**
     * Goes through every account.
     *
     * @param totals of this snapshot, with everything that was drained before it was asked for
     */
    void check(MemoryTotals totals) {
        long now = nanoTime.getAsLong();
        List<Residual> found = new ArrayList<>(monotony.check());
        found.addAll(outcomes.check(now));
        found.addAll(memory.check(totals, now));
        found.addAll(lifecycle.check(now));
        residuals = List.copyOf(found);
        checkedNanos = now;
        for (Account account : Account.values()) {
            log(account, now);
        }
    }

    /** By how many events each account does not balance, by {@link Account#label}; 0 is what it should be. Any thread. */
    Map<String, Long> residuals() {
        Map<String, Long> sums = new TreeMap<>();
        for (Account account : Account.values()) {
            sums.put(account.label(), sum(of(account)));
        }
        return sums;
    }

    /** A sentence for each account that does not balance, and one when nobody has looked for long. Any thread. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        for (Account account : Account.values()) {
            List<Residual> mine = of(account);
            if (!mine.isEmpty()) {
                complaints.add(sentence(account, mine));
            }
        }
        long unchecked = nanoTime.getAsLong() - checkedNanos;
        if (unchecked >= OVERDUE_NANOS) {
            complaints.add("No snapshot could be taken for " + unchecked / 1_000_000_000
                    + " s, so nobody checks the accounts: look at the agent's log, and restart it if this stays.");
        }
        return complaints;
    }

    private void log(Account account, long now) {
        List<Residual> mine = of(account);
        LogState before = logged.get(account);
        if (mine.isEmpty()) {
            if (before != null) {
                LOG.log(System.Logger.Level.INFO, "The account of " + account.label() + " balances again.");
                logged.remove(account);
            }
            return;
        }
        long events = sum(mine);
        if (before == null || (events > before.events && now - before.nanos >= LOG_NANOS)) {
            logged.put(account, new LogState(now, events));
            LOG.log(System.Logger.Level.ERROR, sentence(account, mine));
        }
    }

    private List<Residual> of(Account account) {
        return residuals.stream()
                .filter(residual -> residual.account() == account)
                .toList();
    }

    private static long sum(List<Residual> residuals) {
        return residuals.stream()
                .mapToLong(residual -> Math.abs(residual.events()))
                .sum();
    }

    private static String sentence(Account account, List<Residual> residuals) {
        String named = residuals.stream().limit(NAMED).map(Residual::toString).collect(Collectors.joining("; "));
        String more =
                residuals.size() <= NAMED ? "" : String.format(Locale.ROOT, "; and %d more", residuals.size() - NAMED);
        return "The account of " + account.label() + " does not balance: " + account.clause() + " (" + named + more
                + "). Events were lost or counted twice, and the sums are no longer exact: restart the agent, and report"
                + " it with its log.";
    }
}
