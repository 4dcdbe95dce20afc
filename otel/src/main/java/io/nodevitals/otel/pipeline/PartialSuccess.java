// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What an OTLP response says beside success. The SDK's exporters do not read it, and the protobuf runtime would be 1.7 MB for
 * two fields. The three signals' responses share one layout
 * (opentelemetry-proto, collector/{metrics,trace,logs}/v1/*_service.proto):
 *
 * <pre>
 * Export…ServiceResponse { PartialSuccess partial_success = 1; }
 * PartialSuccess         { int64 rejected_… = 1; string error_message = 2; }
 * </pre>
 *
 * @param rejected items that the backend refused; 0 when all were taken
 * @param message of the backend, untrusted; may be a warning although nothing was rejected
 */
record PartialSuccess(long rejected, String message) {
    static final PartialSuccess NONE = new PartialSuccess(0, "");

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    /** Reads a response; whatever is not such a message, or cut short, says nothing. */
    static PartialSuccess parse(byte[] response) {
        Fields outer = Fields.parse(response, 0, response.length);
        if (outer == null || outer.bytesLength[1] < 0) {
            return NONE;
        }
        Fields inner = Fields.parse(response, outer.bytesStart[1], outer.bytesStart[1] + outer.bytesLength[1]);
        return inner == null ? NONE : new PartialSuccess(inner.varint[1], inner.string(response, 2));
    }

    /** The message of a {@code google.rpc.Status { int32 code = 1; string message = 2; }}, or empty. */
    static String statusMessage(byte[] response) {
        Fields status = Fields.parse(response, 0, response.length);
        return status == null ? "" : status.string(response, 2);
    }

    /** Fields 1 and 2 of one message, last one wins; bounds are checked, nothing is copied. */
    private static final class Fields {
        private final long[] varint = new long[3];
        private final int[] bytesStart = new int[3];
        private final int[] bytesLength = {-1, -1, -1};
        private final byte[] buffer;
        private final int limit;
        private int position;
        private boolean valid = true;

        private Fields(byte[] buffer, int position, int limit) {
            this.buffer = buffer;
            this.position = position;
            this.limit = limit;
        }

        static @Nullable Fields parse(byte[] buffer, int start, int limit) {
            Fields fields = new Fields(buffer, start, limit);
            while (fields.valid && fields.position < limit) {
                fields.readField();
            }
            return fields.valid ? fields : null;
        }

        String string(byte[] source, int field) {
            return bytesLength[field] < 0
                    ? ""
                    : new String(source, bytesStart[field], bytesLength[field], StandardCharsets.UTF_8);
        }

        private void readField() {
            long tag = readVarint();
            int field = (int) Math.min(tag >>> 3, Integer.MAX_VALUE);
            boolean wanted = field == 1 || field == 2;
            switch ((int) (tag & 7)) {
                case VARINT -> {
                    long value = readVarint();
                    if (wanted) {
                        varint[field] = value;
                    }
                }
                case LENGTH_DELIMITED -> {
                    long length = readVarint();
                    int start = position;
                    skip(length);
                    if (wanted && valid) {
                        bytesStart[field] = start;
                        bytesLength[field] = (int) length;
                    }
                }
                case FIXED64 -> skip(Long.BYTES);
                case FIXED32 -> skip(Integer.BYTES);
                default -> valid = false;
            }
        }

        private long readVarint() {
            long value = 0;
            for (int shift = 0; shift < Long.SIZE; shift += 7) {
                if (position >= limit) {
                    valid = false;
                    return 0;
                }
                byte b = buffer[position++];
                value |= (b & 0x7fL) << shift;
                if (b >= 0) {
                    return value;
                }
            }
            valid = false;
            return 0;
        }

        private void skip(long length) {
            if (length < 0 || length > limit - position) {
                valid = false;
            } else {
                position += (int) length;
            }
        }
    }
}
