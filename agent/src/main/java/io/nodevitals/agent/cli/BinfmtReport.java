// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.binfmt.BinfmtConfig;
import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.binfmt.BinfmtReader;
import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.binfmt.BinfmtState.Presence;
import io.nodevitals.agent.binfmt.BinfmtTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that is known of binfmt_misc: what the kernel has, what a running agent has seen go, what binfmt.d names.
 *
 * @param directory where the handlers are
 * @param states those that are or were there, by name
 * @param missing what has to be written to have all of them
 */
record BinfmtReport(
        boolean mounted, Path directory, List<BinfmtState> states, List<Missing> missing, List<String> lines) {
    private static final int NAME_WIDTH = 20;

    /**
     * Something to be written.
     *
     * @param name of the handler
     * @param text for {@code file}
     */
    record Missing(String name, String text, Path file) {
        /** The same for a person's shell. */
        String command() {
            return "printf '%s' '" + text.replace("'", "'\\''") + "' > " + file;
        }
    }

    /**
     * Looks.
     *
     * @param proc the host's /proc
     * @param root whose binfmt.d and interpreters count
     * @param remembered what a running agent knows
     */
    static BinfmtReport read(Path proc, Path root, List<BinfmtState> remembered) throws IOException {
        BinfmtReader reader = BinfmtReader.below(proc);
        Path directory = reader.directory();
        BinfmtTable table = reader.read();
        Map<String, BinfmtState> states = new TreeMap<>();
        Map<String, Missing> missing = new TreeMap<>();
        List<String> lines = new ArrayList<>();
        if (table.mounted() && !table.enabled()) {
            missing.put("", new Missing("binfmt_misc as a whole", "1", directory.resolve("status")));
            lines.add("binfmt_misc is switched off as a whole: the kernel asks no handler.");
        }
        for (BinfmtHandler handler : table.handlers().values()) {
            boolean on = handler.enabled() && table.enabled();
            states.put(handler.name(), state(handler, on ? Presence.ENABLED : Presence.DISABLED, remembered));
            if (!handler.enabled()) {
                missing.put(handler.name(), new Missing(handler.name(), "1", directory.resolve(handler.name())));
            }
        }
        for (BinfmtState known : remembered) {
            if (!states.containsKey(known.handler().name())) {
                states.put(known.handler().name(), state(known.handler(), Presence.LOST, remembered));
                String registration = known.handler().registration();
                if (registration != null) {
                    missing.put(known.handler().name(), register(known.handler().name(), registration, directory));
                }
            }
        }
        states.values().forEach(state -> lines.add(line(state, root)));
        for (BinfmtConfig.Entry entry : BinfmtConfig.read(root)) {
            if (!states.containsKey(entry.name())) {
                missing.put(entry.name(), register(entry.name(), entry.registration(), directory));
                lines.add(pad(entry.name()) + "lost      named in " + entry.file() + " and not registered");
            }
        }
        if (lines.isEmpty()) {
            lines.add("No handler is registered, and binfmt.d names none.");
        }
        return new BinfmtReport(
                table.mounted(), directory, List.copyOf(states.values()), List.copyOf(missing.values()), lines);
    }

    private static Missing register(String name, String registration, Path directory) {
        return new Missing(name, registration, directory.resolve("register"));
    }

    private static BinfmtState state(BinfmtHandler handler, Presence presence, List<BinfmtState> remembered) {
        for (BinfmtState known : remembered) {
            if (known.handler().name().equals(handler.name()) && presence != Presence.ENABLED) {
                return new BinfmtState(handler, presence, known.failures(), known.programs());
            }
        }
        return new BinfmtState(handler, presence, 0, List.of());
    }

    private static String line(BinfmtState state, Path root) {
        BinfmtHandler handler = state.handler();
        StringBuilder line = new StringBuilder(pad(handler.name()))
                .append(String.format("%-10s", state.presence().wireName()))
                .append(BinfmtCommand.describe(handler));
        boolean opened = handler.flags().contains("F");
        if (!opened && !Files.exists(root.resolve(handler.interpreter().replaceFirst("^/+", "")))) {
            line.append("  (its interpreter is not there)");
        }
        if (state.failures() > 0) {
            line.append("  ")
                    .append(state.failures())
                    .append(state.failures() == 1 ? " program" : " programs")
                    .append(" did not start since: ")
                    .append(String.join(", ", state.programs()));
        }
        return line.toString();
    }

    private static String pad(String name) {
        return String.format("%-" + NAME_WIDTH + "s  ", name);
    }
}
