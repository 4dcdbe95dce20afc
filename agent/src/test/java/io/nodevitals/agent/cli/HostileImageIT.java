// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.runtime.HostileGround;
import io.nodevitals.agent.runtime.HostileLayout;
import io.nodevitals.agent.runtime.SwapRace;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hostile images, each inspected whole, by one path and while it changes. Needs no privileges. */
class HostileImageIT {
    private static final int LAYOUTS = Integer.getInteger("nodevitals.test.layouts", 250);
    private static final long SEED = Long.getLong("nodevitals.test.seed", 20261127L);

    @TempDir
    Path directory;

    @Test
    void noImageShowsWhatIsOutsideOrHoldsACommand() throws Exception {
        try (HostileGround ground = new HostileGround(directory)) {
            String root = ground.root().toString();
            for (int i = 0; i < LAYOUTS; i++) {
                long seed = SEED + i;
                Command command = new Command();
                try (HostileLayout layout = ground.layout(seed);
                        SwapRace race = i % 10 == 0 ? new SwapRace(ground.root()) : null) {
                    String program = HostileLayout.PROGRAMS.get(i % HostileLayout.PROGRAMS.size());
                    String away = layout.wayOut().get(i % layout.wayOut().size());
                    inTime(command, seed, "inspect", "--all", root, i % 2 == 0 ? "--json" : "--user=1000:1000");
                    inTime(command, seed, "inspect", program, "--root", root, "--json");
                    inTime(command, seed, "inspect", away, "--root", root);
                    for (int again = 0; race != null && again < 20; again++) {
                        String path = SwapRace.PATHS.get(again % SwapRace.PATHS.size());
                        inTime(command, seed, "inspect", path, "--root", root);
                        inTime(command, seed, "inspect", "--all", root + "/swap");
                    }
                }
                String said = command.out() + command.err();
                assertThat(ground.broken(said)).as("seed=%d", seed).isEmpty();
                assertThat(said.chars()).as("seed=%d", seed).noneMatch(c -> Character.isISOControl(c) && c != '\n');
            }
        }
    }

    private static void inTime(Command command, long seed, String... arguments) throws Exception {
        CompletableFuture<Integer> exitCode = command.runAside(arguments);
        try {
            assertThat(exitCode.get(30, TimeUnit.SECONDS)).as("seed=%d", seed).isBetween(0, 3);
        } catch (TimeoutException e) {
            throw new AssertionError("not back in 30 s, seed=" + seed + ": " + String.join(" ", arguments), e);
        }
    }
}
