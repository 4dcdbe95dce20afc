// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent;

import io.nodevitals.agent.cli.NodeVitals;
import io.nodevitals.agent.runtime.LinuxNodeAgentFactory;

/** Where the process begins: gives the commands their agent. */
public final class Main {
    /** One line: when, how grave, what; then a stack trace, which only a bug of ours has. */
    private static final String LOG_LINE = "%1$tFT%1$tT.%1$tL%1$tz %4$s %5$s%n%6$s";

    private Main() {}

    /** Runs the command that the arguments name. */
    public static void main(String[] arguments) {
        if (System.getProperty("java.util.logging.config.file") == null) {
            System.setProperty("java.util.logging.SimpleFormatter.format", LOG_LINE);
        }
        NodeVitals.main(arguments, new LinuxNodeAgentFactory(System.getenv()));
    }
}
