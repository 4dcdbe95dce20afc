// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import io.nodevitals.agent.binfmt.BinfmtChange.Kind;
import io.nodevitals.agent.binfmt.BinfmtState.Presence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers every handler that was ever there, and what became of it. Any thread.
 *
 * <p>While nobody can look (binfmt_misc is not mounted) nothing changes: the handlers live in the kernel, not in the mount.
 */
public final class BinfmtWatch {
    private static final int MOST_HANDLERS = 1024;
    private static final int MOST_PROGRAMS = 8;

    private final Map<String, Seen> seen = new TreeMap<>();
    private boolean looked;

    private static final class Seen {
        BinfmtHandler handler;
        Presence presence;
        long failures;
        final Deque<String> programs = new ArrayDeque<>();

        Seen(BinfmtHandler handler, Presence presence) {
            this.handler = handler;
            this.presence = presence;
        }
    }

    /**
     * Takes in a look.
     *
     * @return what changed since the one before; nothing at the first
     */
    public synchronized List<BinfmtChange> update(BinfmtTable table) {
        if (!table.mounted()) {
            return List.of();
        }
        List<BinfmtChange> changes = new ArrayList<>();
        table.handlers().values().forEach(handler -> take(handler, table.enabled(), changes));
        seen.values().stream()
                .filter(known -> known.presence != Presence.LOST)
                .filter(known -> !table.handlers().containsKey(known.handler.name()))
                .forEach(known -> {
                    known.presence = Presence.LOST;
                    changes.add(new BinfmtChange(Kind.LOST, known.handler, known.handler));
                });
        boolean first = !looked;
        looked = true;
        return first ? List.of() : changes;
    }

    private void take(BinfmtHandler handler, boolean anyEnabled, List<BinfmtChange> changes) {
        Presence presence = handler.enabled() && anyEnabled ? Presence.ENABLED : Presence.DISABLED;
        Seen known = seen.get(handler.name());
        if (known == null) {
            if (seen.size() < MOST_HANDLERS) {
                seen.put(handler.name(), new Seen(handler, presence));
                changes.add(new BinfmtChange(Kind.ADDED, handler, null));
            }
            return;
        }
        BinfmtHandler previous = known.handler;
        if (!handler.isSameAs(previous)) {
            changes.add(new BinfmtChange(Kind.REPOINTED, handler, previous));
        } else if (known.presence == Presence.LOST) {
            changes.add(new BinfmtChange(Kind.ADDED, handler, previous));
        } else if (known.presence != presence) {
            changes.add(
                    new BinfmtChange(presence == Presence.ENABLED ? Kind.ENABLED : Kind.DISABLED, handler, previous));
        }
        if (presence == Presence.ENABLED) {
            known.failures = 0;
            known.programs.clear();
        }
        known.handler = handler;
        known.presence = presence;
    }

    /**
     * The handler that used to start such a program and does not now; the failure is noted with it. Null when there is none.
     *
     * @param head the program's first bytes
     * @param path as it was given to exec, not sanitised
     */
    public synchronized @Nullable BinfmtState missingFor(byte[] head, String path) {
        for (Seen known : seen.values()) {
            if (known.presence != Presence.ENABLED && known.handler.matches(head, path)) {
                known.failures++;
                known.programs.remove(path);
                known.programs.add(path);
                if (known.programs.size() > MOST_PROGRAMS) {
                    known.programs.remove();
                }
                return state(known);
            }
        }
        return null;
    }

    /** All handlers ever seen, by name. */
    public synchronized List<BinfmtState> states() {
        return seen.values().stream().map(BinfmtWatch::state).toList();
    }

    private static BinfmtState state(Seen known) {
        return new BinfmtState(known.handler, known.presence, known.failures, List.copyOf(known.programs));
    }
}
