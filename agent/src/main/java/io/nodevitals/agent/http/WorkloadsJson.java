// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.DoublePoint;
import io.nodevitals.otel.model.MetricPoint.HistogramPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import java.io.IOException;

/** A snapshot as /api/v1/workloads has it: each resource with all its points, in the exporter's terms. */
final class WorkloadsJson {

    private WorkloadsJson() {}

    static String toJson(TelemetrySnapshot snapshot) {
        return Json.text(json -> {
            json.writeStartObject();
            json.writeStringField("time", Json.time(snapshot.epochNanos()));
            json.writeStringField("start_time", Json.time(snapshot.startEpochNanos()));
            json.writeArrayFieldStart("workloads");
            for (ResourcePoints workload : snapshot.workloads()) {
                json.writeStartObject();
                json.writeObjectFieldStart("resource");
                Json.writeFields(json, workload.resource().getAttributes());
                json.writeEndObject();
                json.writeArrayFieldStart("points");
                for (MetricPoint point : workload.points()) {
                    writePoint(json, point);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void writePoint(JsonGenerator json, MetricPoint point) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", point.descriptor().name());
        json.writeStringField("unit", point.descriptor().unit());
        json.writeObjectFieldStart("attributes");
        Json.writeFields(json, point.attributes());
        json.writeEndObject();
        if (point instanceof LongPoint number) {
            json.writeNumberField("value", number.value());
        } else if (point instanceof DoublePoint number) {
            json.writeNumberField("value", number.value());
        } else if (point instanceof HistogramPoint histogram) {
            json.writeNumberField("count", histogram.count());
            json.writeNumberField("sum", histogram.sum());
            json.writeNumberField("scale", histogram.scale());
            json.writeNumberField("offset", histogram.offset());
            json.writeArrayFieldStart("bucket_counts");
            for (long bucketCount : histogram.bucketCounts()) {
                json.writeNumber(bucketCount);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }
}
