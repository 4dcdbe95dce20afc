// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent;

import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.agent.source.AgentStatus.Attempt;
import io.nodevitals.agent.source.AgentStatus.Exporter;
import io.nodevitals.agent.source.AgentStatus.Probe;
import io.nodevitals.agent.source.AgentStatus.ProbeState;
import io.nodevitals.agent.source.AgentStatus.Program;
import io.nodevitals.agent.source.AgentStatus.Ring;
import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricDescriptor.Kind;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.HistogramPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEvent.Severity;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import java.util.TreeMap;

/** Values for tests of the faces. */
public final class Samples {
    public static final String POD_UID = "0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f";
    public static final String CONTAINER_ID = "4f".repeat(32);
    /** 2026-01-02T03:04:05.678901234Z. */
    public static final long EPOCH_NANOS = 1_767_323_045_678_901_234L;

    /** Everything a workload could be called to do harm. */
    public static final List<String> HOSTILE_NAMES = List.of(
            "\u001b[31mred\u001b]0;title\u0007",
            "line\nbreak\r\n# TYPE x counter",
            "quote\"back\\slash",
            "nul\u0000 c1\u009b31m del\u007f",
            "bidi\u202egnp.exe zero\u200bwidth",
            "separators\u2028\u2029",
            "lone\ud800surrogate",
            "x) R 1 (",
            "${jndi:ldap://a/b}",
            "<script>alert(1)</script>",
            "%s%n%x",
            "emoji \uD83D\uDC1D ok");

    public static final MetricDescriptor MMAP_BYTES =
            new MetricDescriptor("nodevitals.mmap.bytes", "Bytes mapped.", "By", Kind.COUNTER);
    public static final MetricDescriptor MAPPED =
            new MetricDescriptor("nodevitals.mapped", "Address space.", "By", Kind.UP_DOWN_COUNTER);
    public static final MetricDescriptor MMAP_SIZE =
            new MetricDescriptor("nodevitals.mmap.size", "Sizes of mappings.", "By", Kind.EXPONENTIAL_HISTOGRAM);
    public static final MetricDescriptor TERMINATIONS =
            new MetricDescriptor("nodevitals.terminations", "Thread groups that ended.", "{process}", Kind.COUNTER);

    private Samples() {}

    public static Resource pod(String name) {
        return Resource.create(Attributes.builder()
                .put("service.name", "nodevitals")
                .put("service.instance.id", "instance-of-" + name)
                .put("k8s.pod.uid", POD_UID)
                .put("container.id", CONTAINER_ID)
                .put("k8s.namespace.name", "shop")
                .put("k8s.pod.name", name)
                .put("k8s.container.name", "app")
                .build());
    }

    public static Resource host() {
        return Resource.create(Attributes.builder()
                .put("service.name", "nodevitals")
                .put("service.instance.id", "host")
                .build());
    }

    public static TelemetryEvent terminated(Resource resource, String executable) {
        return event(resource, "nodevitals.process.terminated", executable + " was killed by SIGSEGV", executable);
    }

    public static TelemetryEvent execFailed(Resource resource, String file) {
        return event(resource, "nodevitals.exec.failed", file + " is missing", file);
    }

    public static TelemetryEvent event(Resource resource, String name, String summary, String executable) {
        Attributes attributes = Attributes.builder()
                .put("process.pid", 4711)
                .put("process.executable.name", executable)
                .put("nodevitals.age", 1.5)
                .put("nodevitals.core_dumped", false)
                .put("nodevitals.summary", summary)
                .build();
        return new TelemetryEvent(resource, name, Severity.ERROR, summary, attributes, EPOCH_NANOS, null);
    }

    public static MetricPoint count(MetricDescriptor descriptor, Attributes attributes, long value) {
        return new LongPoint(descriptor, attributes, value);
    }

    public static HistogramPoint sizes(Attributes attributes, double sum, int offset, long... bucketCounts) {
        return new HistogramPoint(MMAP_SIZE, attributes, sum, 0, offset, bucketCounts);
    }

    public static TelemetrySnapshot snapshot(ResourcePoints... workloads) {
        return new TelemetrySnapshot(EPOCH_NANOS - 1_000_000_000L, EPOCH_NANOS, List.of(workloads));
    }

    public static AgentStatus status(Probe... probes) {
        TreeMap<String, Long> counters = new TreeMap<>();
        counters.put("http_requests", 3L);
        return new AgentStatus(
                "0.1.0",
                "node-a",
                "6.18.0-test",
                EPOCH_NANOS,
                List.of(),
                List.of(probes),
                List.of(new Program("exec", 10, 7, 1, 2, 0, null), new Program("exit", 5, 5, 0, 0, 0, 0L)),
                List.of(new Ring("lifecycle", 1 << 20, 4096)),
                counters,
                new Exporter("http://collector:4317", 100, 2, 1, "connection refused"));
    }

    public static Probe attached(String name) {
        return new Probe(
                name,
                ProbeState.ATTACHED,
                "tp_btf",
                List.of("tp_btf/sched_process_" + name),
                null,
                null,
                List.of(new Attempt("fexit", "EPERM: the kernel refuses fexit programs")));
    }

    public static Probe onSyscallTracepoint(String name) {
        return new Probe(
                name,
                ProbeState.ATTACHED,
                "tracepoint",
                List.of("tracepoint/syscalls/sys_exit_" + name),
                null,
                null,
                List.of());
    }

    public static Probe unsupported(String name) {
        return new Probe(
                name,
                ProbeState.UNSUPPORTED,
                null,
                List.of(),
                "ENOENT: no kprobes in this kernel",
                "boot a kernel with CONFIG_KPROBES",
                List.of());
    }
}
