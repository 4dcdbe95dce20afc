// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import java.time.Duration;

/**
 * What a client may cost.
 *
 * @param connections open at once, per listener
 * @param streamClients of these, how many may follow the event stream
 * @param requestLineBytes longer ones get 414
 * @param headerBytes all headers together; more gets 431
 * @param request from connecting to the last header byte
 * @param response from there until the client has taken the whole answer
 * @param linger how long a client may go on sending after its answer
 * @param heartbeat between comments on the event stream; a client that has not taken one when the next is due is dropped
 * @param streamBacklogBytes unsent bytes at which an event stream client is dropped
 * @param streamBacklogEvents events on their way to the event loop at which further ones are dropped
 */
record HttpLimits(
        int connections,
        int streamClients,
        int requestLineBytes,
        int headerBytes,
        Duration request,
        Duration response,
        Duration linger,
        Duration heartbeat,
        int streamBacklogBytes,
        int streamBacklogEvents) {

    static final HttpLimits DEFAULT = new HttpLimits(
            128,
            16,
            4096,
            8192,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            256 << 10,
            1024);
}
