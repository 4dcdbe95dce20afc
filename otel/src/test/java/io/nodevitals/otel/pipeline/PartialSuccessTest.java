// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The hand-written reader against the official writer, and against garbage. */
class PartialSuccessTest {

    private static byte[] official(long rejected, String message) {
        return ExportTraceServiceResponse.newBuilder()
                .setPartialSuccess(ExportTracePartialSuccess.newBuilder()
                        .setRejectedSpans(rejected)
                        .setErrorMessage(message))
                .build()
                .toByteArray();
    }

    @Test
    void readsWhatTheOfficialClassesWrite() {
        for (long rejected : new long[] {0, 1, 127, 128, 1L << 40, Long.MAX_VALUE, -1}) {
            assertThat(PartialSuccess.parse(official(rejected, "né"))).isEqualTo(new PartialSuccess(rejected, "né"));
        }
        assertThat(PartialSuccess.parse(new byte[0])).isEqualTo(PartialSuccess.NONE);
        assertThat(PartialSuccess.parse(official(0, ""))).isEqualTo(PartialSuccess.NONE);
    }

    @Test
    void skipsFieldsOfFutureVersions() {
        // Field 3 of each wire type, before field 1.
        byte[] future = {3 << 3, 5, 3 << 3 | 2, 2, 9, 9, 3 << 3 | 5, 1, 2, 3, 4, 3 << 3 | 1, 1, 2, 3, 4, 5, 6, 7, 8};
        byte[] known = official(7, "x");
        byte[] both = Arrays.copyOf(future, future.length + known.length);
        System.arraycopy(known, 0, both, future.length, known.length);
        assertThat(PartialSuccess.parse(both)).isEqualTo(new PartialSuccess(7, "x"));
    }

    @Test
    void aCutResponseSaysNothing() {
        byte[] whole = official(300, "message");
        for (int length = 0; length < whole.length; length++) {
            assertThat(PartialSuccess.parse(Arrays.copyOf(whole, length)))
                    .as("length=%d", length)
                    .isEqualTo(PartialSuccess.NONE);
        }
    }

    @Test
    void garbageNeverThrows() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            byte[] garbage = new byte[random.nextInt(24)];
            random.nextBytes(garbage);
            PartialSuccess.parse(garbage);
            PartialSuccess.statusMessage(garbage);
        }
    }

    @Test
    void aServerCannotRejectMoreThanWasSentNorLessThanNothing() {
        ExportAttempt attempt = new ExportAttempt(5);
        attempt.accepted(new PartialSuccess(Long.MAX_VALUE, ""));
        assertThat(attempt.rejected()).isEqualTo(5);
        attempt.accepted(new PartialSuccess(-3, ""));
        assertThat(attempt.rejected()).isZero();
    }
}
