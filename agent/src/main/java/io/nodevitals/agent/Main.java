// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent;

import io.nodevitals.agent.cli.NodeVitals;
import io.nodevitals.agent.runtime.LinuxNodeAgentFactory;
import java.util.Set;

/** Where the process begins: gives the commands their agent. */
public final class Main {
    /** One line: when, how grave, what; then a stack trace, which only a bug of ours has. */
    private static final String LOG_LINE = "%1$tFT%1$tT.%1$tL%1$tz %4$s %5$s%n%6$s";

    /** Commands that load probes. */
    private static final Set<String> LOADING = Set.of("run", "trace", "doctor");

    private Main() {}

    /** Runs the command that the arguments name. */
    public static void main(String[] arguments) {
        if (System.getProperty("java.util.logging.config.file") == null) {
            System.setProperty("java.util.logging.SimpleFormatter.format", LOG_LINE);
        }
        LinuxNodeAgentFactory factory = new LinuxNodeAgentFactory(System.getenv());
        if (arguments.length > 0 && LOADING.contains(arguments[0])) {
            factory.loadAhead();
        }
        NodeVitals.main(arguments, factory);
    }
}
