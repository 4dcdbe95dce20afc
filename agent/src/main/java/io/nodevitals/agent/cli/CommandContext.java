// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.runtime.NodeAgentFactory;
import java.io.PrintStream;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What commands see of the world.
 *
 * @param coloured whether {@code out} is a terminal that wants colours
 */
record CommandContext(
        Map<String, String> environment,
        PrintStream out,
        PrintStream err,
        boolean coloured,
        NodeAgentFactory factory,
        Supplier<HostFacts> host,
        Shutdown shutdown) {}
