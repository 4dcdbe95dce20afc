// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.CgroupHierarchyException;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.runtime.AgentStartException.Kind;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import io.nodevitals.bpf.libbpf.NativeUnavailableException;
import io.nodevitals.bpf.object.BpfUnavailableException;
import io.nodevitals.otel.model.TelemetryEventSink;
import io.nodevitals.otel.pipeline.OtlpConfigurationException;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Starts the agent on this machine's kernel. */
public final class LinuxNodeAgentFactory implements NodeAgentFactory {
    private final Map<String, String> environment;

    /**
     * A factory.
     *
     * @param environment for the OTEL_* variables
     */
    public LinuxNodeAgentFactory(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    @Override
    public NodeAgent start(Purpose purpose, Settings settings, List<TelemetryEventSink> sinks, AgentCounters counters)
            throws AgentStartException {
        LinuxNodeAgent agent = new LinuxNodeAgent();
        boolean started = false;
        try {
            new AgentAssembly(agent, Native.load(), environment, settings, sinks, counters).start(purpose);
            started = true;
            return agent;
        } catch (OtlpConfigurationException e) {
            throw new AgentStartException(Kind.USAGE, message(e), e);
        } catch (NativeUnavailableException | BpfUnavailableException | NativeCallException e) {
            throw new AgentStartException(Kind.ENVIRONMENT, message(e), e);
        } catch (CgroupHierarchyException e) {
            throw new AgentStartException(Kind.ENVIRONMENT, message(e), e);
        } catch (IOException e) {
            throw new AgentStartException(
                    Kind.ENVIRONMENT,
                    "The agent cannot read what it needs of this machine: " + e.getMessage() + ".",
                    e);
        } finally {
            if (!started) {
                agent.close();
            }
        }
    }

    private static String message(Exception e) {
        String message = String.valueOf(e.getMessage());
        String capitalised = message.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + message.substring(1);
        return capitalised.endsWith(".") ? capitalised : capitalised + ".";
    }
}
