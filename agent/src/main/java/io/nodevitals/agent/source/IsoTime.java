// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/** Times for people and for attributes that are strings: ISO 8601, UTC, milliseconds. */
final class IsoTime {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    private IsoTime() {}

    static String ofEpochNanos(long epochNanos) {
        return FORMAT.format(Instant.EPOCH.plus(epochNanos, ChronoUnit.NANOS));
    }
}
