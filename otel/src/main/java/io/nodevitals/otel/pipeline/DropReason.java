// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

/** Why an item never reached the backend. */
public enum DropReason {
    /** The bounded queue had no room, because the backend is slower than the node or away. */
    QUEUE_FULL,
    /** No answer within the time limit, all retries included: no route, no listener, no TLS, no reply. */
    UNREACHABLE,
    /** The backend answered "later" (HTTP 429, 502, 503, 504 or a retryable gRPC status) until the time limit. */
    UNAVAILABLE,
    /** The exporter refused to send the request, for its size for example. */
    NOT_SENT,
    /** The agent stopped before the item was delivered. */
    SHUTDOWN
}
