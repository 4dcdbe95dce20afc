// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.binfmt.BinfmtChange;
import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.process.Names;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEvent.Severity;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is sent of binfmt_misc: a gauge for each handler, and an event for each change. Any thread. */
public final class BinfmtEvents {
    /** EventName of a handler that came, went or changed. */
    public static final String BINFMT_CHANGED = "nodevitals.binfmt.changed";

    private static final AttributeKey<String> CHANGE = AttributeKey.stringKey("nodevitals.binfmt.change");
    private static final AttributeKey<String> INTERPRETER = AttributeKey.stringKey("nodevitals.binfmt.interpreter");
    private static final AttributeKey<String> PREVIOUS =
            AttributeKey.stringKey("nodevitals.binfmt.interpreter.previous");
    private static final String RESTORE = " Run 'nodevitals binfmt --restore' on the host, or register it again.";

    private BinfmtEvents() {}

    /** The event of a change that was noticed now. */
    public static TelemetryEvent of(BinfmtChange change, WorkloadResources resources, long epochNanos) {
        BinfmtHandler handler = change.handler();
        BinfmtHandler previous = change.previous();
        AttributesBuilder attributes = Attributes.builder()
                .put(Metrics.BINFMT_NAME, Names.sanitise(handler.name()))
                .put(CHANGE, change.kind().wireName())
                .put(INTERPRETER, Names.sanitise(handler.interpreter()));
        if (previous != null && !previous.interpreter().equals(handler.interpreter())) {
            attributes.put(PREVIOUS, Names.sanitise(previous.interpreter()));
        }
        return new TelemetryEvent(
                resources.of(Workload.HOST),
                BINFMT_CHANGED,
                change.isHarmful() ? Severity.WARN : Severity.INFO,
                summary(change),
                attributes.build(),
                epochNanos,
                null);
    }

    /** 1 for a handler that the kernel asks, 0 for one that is switched off or lost. */
    public static List<MetricPoint> points(List<BinfmtState> states) {
        return states.stream()
                .<MetricPoint>map(state -> new LongPoint(
                        Metrics.BINFMT_HANDLER,
                        Attributes.of(
                                Metrics.BINFMT_NAME,
                                Names.sanitise(state.handler().name())),
                        state.presence() == BinfmtState.Presence.ENABLED ? 1 : 0))
                .toList();
    }

    private static String summary(BinfmtChange change) {
        BinfmtHandler handler = change.handler();
        String name = "The binfmt_misc handler " + Names.sanitise(handler.name());
        String interpreter = Names.sanitise(handler.interpreter());
        return switch (change.kind()) {
            case LOST ->
                name + " is no longer registered: programs that " + interpreter + " ran will not start." + RESTORE;
            case DISABLED -> name + " is switched off: programs that " + interpreter + " ran will not start." + RESTORE;
            case REPOINTED -> repointed(name, interpreter, change.previous());
            case ADDED -> name + " is registered: " + interpreter + " runs such programs.";
            case ENABLED -> name + " is switched on again: " + interpreter + " runs such programs.";
        };
    }

    private static String repointed(String name, String interpreter, @Nullable BinfmtHandler previous) {
        String before = previous == null ? "" : Names.sanitise(previous.interpreter());
        return before.equals(interpreter)
                ? name + " was changed: other files or other flags than before, for " + interpreter
                        + ". If nobody meant to, look at /etc/binfmt.d and at what was installed last."
                : name + " now runs programs by " + interpreter + " and no longer by " + before
                        + ". If nobody meant to, look at /etc/binfmt.d and at what was installed last.";
    }
}
