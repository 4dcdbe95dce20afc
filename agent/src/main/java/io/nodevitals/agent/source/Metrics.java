// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricDescriptor.Kind;
import io.opentelemetry.api.common.AttributeKey;

/** Every metric that the agent sends, with the attributes its series carry: the one list of names. */
final class Metrics {
    static final MetricDescriptor MMAP_SIZE = new MetricDescriptor(
            "nodevitals.mmap.size",
            "Sizes of successful mmap calls, rounded up to pages.",
            "By",
            Kind.EXPONENTIAL_HISTOGRAM);
    static final MetricDescriptor MMAP_BYTES =
            counter("nodevitals.mmap.bytes", "Bytes mapped by successful mmap calls, rounded up to pages.", "By");
    static final MetricDescriptor MUNMAP_BYTES =
            counter("nodevitals.munmap.bytes", "Bytes that successful munmap calls asked to unmap.", "By");
    static final MetricDescriptor BRK_BYTES =
            counter("nodevitals.brk.bytes", "Bytes by which brk moved the heap.", "By");
    static final MetricDescriptor MAPPED = new MetricDescriptor(
            "nodevitals.mapped",
            "Address space of the workload's processes (mm->total_vm), as of their last memory call.",
            "By",
            Kind.UP_DOWN_COUNTER);
    static final MetricDescriptor MEMORY_FAILURES = counter(
            "nodevitals.memory.failures", "mmap, munmap, mremap and brk calls that returned an error.", "{call}");
    static final MetricDescriptor EXECS = counter("nodevitals.execs", "Successful execs.", "{exec}");
    static final MetricDescriptor CONTAINER_STARTS =
            counter("nodevitals.container.starts", "Containers whose first program started.", "{container}");
    static final MetricDescriptor EXEC_FAILURES =
            counter("nodevitals.exec.failures", "Programs that did not start.", "{exec}");
    static final MetricDescriptor SIGNALS =
            counter("nodevitals.signals", "Signals that reached their target, by what they did.", "{signal}");
    static final MetricDescriptor TERMINATIONS =
            counter("nodevitals.terminations", "Processes that ended, by cause.", "{process}");
    static final MetricDescriptor OOM_KILLS =
            counter("nodevitals.oom.kills", "Processes chosen by the OOM killer.", "{process}");
    static final MetricDescriptor BINFMT_HANDLER = new MetricDescriptor(
            "nodevitals.binfmt.handler",
            "1 for a binfmt_misc handler that the kernel asks, 0 for one that is switched off or no longer registered.",
            "{handler}",
            Kind.GAUGE);
    static final MetricDescriptor PROBE_EVENTS =
            counter("nodevitals.probe.events", "What became of the events each probe saw, in the kernel.", "{event}");
    static final MetricDescriptor PROBE_ATTACHED = new MetricDescriptor(
            "nodevitals.probe.attached", "Whether a probe is attached, and by which method.", "{probe}", Kind.GAUGE);
    static final MetricDescriptor RING_UTILIZATION = new MetricDescriptor(
            "nodevitals.ring.utilization", "Share of a ring that holds unread records.", "1", Kind.GAUGE);
    static final MetricDescriptor ATTRIBUTION_UNKNOWN =
            counter("nodevitals.attribution.unknown", "Lookups of a workload that found none.", "{lookup}");
    static final MetricDescriptor EXPORT_ITEMS = counter(
            "nodevitals.export.items", "Items handed to the exporter, by signal and by what became of them.", "{item}");
    static final MetricDescriptor AGENT_RESIDUAL = new MetricDescriptor(
            "nodevitals.agent.residual",
            "Events by which an account of the agent's does not balance; anything but 0 is an error.",
            "{event}",
            Kind.GAUGE);
    static final MetricDescriptor AGENT_EVENTS =
            counter("nodevitals.agent.events", "The agent's own counters, by name.", "{event}");

    static final AttributeKey<String> MEMORY_KIND = AttributeKey.stringKey("nodevitals.memory.kind");
    static final AttributeKey<String> MEMORY_CALL = AttributeKey.stringKey("nodevitals.memory.call");
    static final AttributeKey<String> DIRECTION = AttributeKey.stringKey("nodevitals.direction");
    static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    static final AttributeKey<String> EXEC_CAUSE = AttributeKey.stringKey("nodevitals.exec.cause");
    static final AttributeKey<String> SIGNAL = AttributeKey.stringKey("nodevitals.signal");
    static final AttributeKey<String> SIGNAL_ACTION = AttributeKey.stringKey("nodevitals.signal.action");
    static final AttributeKey<String> SENDER_CLASS = AttributeKey.stringKey("nodevitals.signal.sender.class");
    static final AttributeKey<String> TERMINATION_CAUSE = AttributeKey.stringKey("nodevitals.termination.cause");
    static final AttributeKey<String> TERMINATION_PHASE = AttributeKey.stringKey("nodevitals.termination.phase");
    static final AttributeKey<Long> EXIT_CODE = AttributeKey.longKey("process.exit.code");
    static final AttributeKey<String> OOM_SCOPE = AttributeKey.stringKey("nodevitals.oom.scope");
    static final AttributeKey<String> BINFMT_NAME = AttributeKey.stringKey("nodevitals.binfmt.name");
    static final AttributeKey<String> PROBE = AttributeKey.stringKey("nodevitals.probe");
    static final AttributeKey<String> PROBE_METHOD = AttributeKey.stringKey("nodevitals.probe.method");
    static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("nodevitals.outcome");
    static final AttributeKey<String> RING = AttributeKey.stringKey("nodevitals.ring");
    static final AttributeKey<String> ACCOUNT = AttributeKey.stringKey("nodevitals.account");
    static final AttributeKey<String> COUNTER = AttributeKey.stringKey("nodevitals.counter");
    static final AttributeKey<String> EXPORT_SIGNAL = AttributeKey.stringKey("nodevitals.export.signal");
    static final AttributeKey<Boolean> OVERFLOW = AttributeKey.booleanKey("otel.metric.overflow");

    private Metrics() {}

    private static MetricDescriptor counter(String name, String description, String unit) {
        return new MetricDescriptor(name, description, unit, Kind.COUNTER);
    }
}
