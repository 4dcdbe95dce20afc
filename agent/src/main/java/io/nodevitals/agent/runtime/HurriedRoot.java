// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.program.RootView;
import java.io.IOException;

/** A root that answers nothing more after a time, so that whoever looks around in it comes to an end. */
final class HurriedRoot implements RootView {
    private static final int ETIMEDOUT = 110;

    private final RootView root;
    private final long deadlineNanos;

    /**
     * The same root for a while.
     *
     * @param deadlineNanos as {@link System#nanoTime()} counts
     */
    HurriedRoot(RootView root, long deadlineNanos) {
        this.root = root;
        this.deadlineNanos = deadlineNanos;
    }

    @Override
    public Entry look(String path) {
        if (isOver()) {
            return new Absent(ETIMEDOUT);
        }
        Entry entry = root.look(path);
        if (!(entry instanceof Present file) || file.reader() == null) {
            return entry;
        }
        FileReader reader = file.reader();
        return new Present(
                file.path(),
                file.mode(),
                file.userId(),
                file.groupId(),
                file.identity(),
                file.sizeBytes(),
                file.noexec(),
                (offset, length) -> {
                    if (isOver()) {
                        throw new IOException("no time left");
                    }
                    return reader.read(offset, length);
                });
    }

    @Override
    public void close() {
        root.close();
    }

    private boolean isOver() {
        return System.nanoTime() - deadlineNanos > 0;
    }
}
