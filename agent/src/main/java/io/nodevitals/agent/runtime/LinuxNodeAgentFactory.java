// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.CgroupHierarchyException;
import io.nodevitals.agent.config.Setting;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Starts the agent on this machine's kernel. */
public final class LinuxNodeAgentFactory implements NodeAgentFactory {
    private final Map<String, String> environment;
    private @Nullable Native natives;

    /**
     * A factory.
     *
     * @param environment for the OTEL_* variables
     */
    public LinuxNodeAgentFactory(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * Begins to load libbpf beside whatever comes first, for commands that will need it: that takes a hundred milliseconds. A failure is
     * found again by who needs it.
     */
    public void loadAhead() {
        Thread thread = new Thread(
                () -> {
                    try {
                        natives();
                    } catch (NativeUnavailableException repeated) {
                        // By natives(), in the thread that can tell a person.
                    }
                },
                "nodevitals-load");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public NodeAgent start(Purpose purpose, Settings settings, List<TelemetryEventSink> sinks, AgentCounters counters)
            throws AgentStartException {
        requireFileSystems(settings);
        LinuxNodeAgent agent = new LinuxNodeAgent();
        boolean started = false;
        try {
            new AgentAssembly(agent, natives(), environment, settings, sinks, counters).start(purpose);
            started = true;
            return agent;
        } catch (OtlpConfigurationException e) {
            throw new AgentStartException(Kind.USAGE, message(e), e);
        } catch (NativeUnavailableException | BpfUnavailableException | NativeCallException e) {
            throw new AgentStartException(Kind.ENVIRONMENT, message(e), e);
        } catch (CgroupHierarchyException e) {
            throw new AgentStartException(Kind.ENVIRONMENT, message(e), e);
        } catch (IOException e) {
            throw unreadable(e);
        } finally {
            if (!started) {
                agent.close();
            }
        }
    }

    @Override
    public NodeClaim claim(Settings settings) throws AgentStartException {
        requireFileSystems(settings);
        try {
            return NodeLock.take(
                    natives(), Attribution.hierarchy(settings).mountPoint(), settings.get(Setting.PROC_ROOT));
        } catch (NativeUnavailableException | CgroupHierarchyException e) {
            throw new AgentStartException(Kind.ENVIRONMENT, message(e), e);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Loaded once: it takes a quarter of a second. */
    private synchronized Native natives() {
        if (natives == null) {
            natives = Native.load();
        }
        return natives;
    }

    // Found out here, because deep inside it would be a file that is not there and nobody knew of.
    private static void requireFileSystems(Settings settings) throws AgentStartException {
        if (!Files.isReadable(settings.get(Setting.PROC_ROOT).resolve("stat"))) {
            throw misplaced(
                    settings, Setting.PROC_ROOT, settings.get(Setting.PROC_ROOT), "no proc file system is", "it is");
        }
        Path cgroups = settings.get(Setting.CGROUP_MOUNT).orElse(null);
        if (cgroups != null && !Files.isReadable(cgroups.resolve("cgroup.procs"))) {
            throw misplaced(settings, Setting.CGROUP_MOUNT, cgroups, "no cgroups are", "they are");
        }
    }

    private static AgentStartException misplaced(
            Settings settings, Setting<?> setting, Path place, String missing, String pronoun) {
        String givenAs = settings.origin(setting) == Settings.Origin.VARIABLE ? setting.variable() : setting.flag();
        return new AgentStartException(
                Kind.ENVIRONMENT,
                givenAs + " is '" + place + "', where " + missing + ": name the place where " + pronoun + " mounted.",
                null);
    }

    private static AgentStartException unreadable(IOException e) {
        return new AgentStartException(
                Kind.ENVIRONMENT, "The agent cannot read what it needs of this machine: " + e.getMessage() + ".", e);
    }

    private static String message(Exception e) {
        String message = String.valueOf(e.getMessage());
        // A file's name, such as libbpf.so.1, stays as it is.
        boolean isName = message.split(" ", 2)[0].indexOf('.') >= 0;
        String sentence = isName ? message : message.substring(0, 1).toUpperCase(Locale.ROOT) + message.substring(1);
        return sentence.endsWith(".") ? sentence : sentence + ".";
    }
}
