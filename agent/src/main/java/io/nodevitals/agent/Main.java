// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent;

import io.nodevitals.agent.cli.NodeVitals;
import io.nodevitals.agent.runtime.LinuxNodeAgentFactory;

/** Where the process begins: gives the commands their agent. */
public final class Main {

    private Main() {}

    /** Runs the command that the arguments name. */
    public static void main(String[] arguments) {
        NodeVitals.main(arguments, new LinuxNodeAgentFactory(System.getenv()));
    }
}
