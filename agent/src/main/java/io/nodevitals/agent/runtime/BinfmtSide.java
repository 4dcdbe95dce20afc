// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.binfmt.BinfmtChange;
import io.nodevitals.agent.binfmt.BinfmtReader;
import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.binfmt.BinfmtTable;
import io.nodevitals.agent.binfmt.BinfmtWatch;
import io.nodevitals.agent.diagnose.HandlerLookup;
import io.nodevitals.agent.process.Names;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Watches binfmt_misc: looks now and then, and when a program did not start that a handler may have been for. Any thread. */
final class BinfmtSide implements HandlerLookup {
    private static final System.Logger LOG = System.getLogger(BinfmtSide.class.getName());
    /** A flood of failures does not become a flood of looks. */
    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final BinfmtReader reader;
    private final BinfmtWatch watch = new BinfmtWatch();
    private final Consumer<BinfmtChange> onChange;
    private long lookedNanos = System.nanoTime() - FRESH_NANOS;
    private boolean complained;

    /**
     * A side that has not looked yet.
     *
     * @param proc the host's /proc
     * @param onChange told of each change but those of the first look
     */
    BinfmtSide(Path proc, Consumer<BinfmtChange> onChange) {
        this.reader = BinfmtReader.below(proc);
        this.onChange = onChange;
    }

    /** Looks; a few file reads per handler. */
    synchronized void look() {
        lookedNanos = System.nanoTime();
        BinfmtTable table;
        try {
            table = reader.read();
            complained = false;
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                LOG.log(System.Logger.Level.WARNING, "binfmt_misc cannot be read, its handlers are not watched: " + e);
            }
            return;
        }
        watch.update(table).forEach(onChange);
    }

    @Override
    public synchronized @Nullable MissingHandler missing(byte[] head, String path) {
        if (System.nanoTime() - lookedNanos >= FRESH_NANOS) {
            look();
        }
        BinfmtState state = watch.missingFor(head, path);
        return state == null
                ? null
                : new MissingHandler(
                        Names.sanitise(state.handler().name()),
                        Names.sanitise(state.handler().interpreter()),
                        state.presence() == BinfmtState.Presence.LOST);
    }

    List<BinfmtState> states() {
        return watch.states();
    }
}
