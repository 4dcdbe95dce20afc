// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Lets only those in who know that they talk to this machine. A web page whose name was re-pointed at 127.0.0.1 (DNS rebinding)
 * could otherwise read everything: its requests carry its own name.
 */
final class HostCheck {
    // Any port: whoever forwards one (kubectl port-forward, ssh -L) sends his own.
    private static final Pattern LOOPBACK =
            Pattern.compile("(?:localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1])(?::[0-9]{1,5})?", Pattern.CASE_INSENSITIVE);

    private HostCheck() {}

    /** Whether the request names this machine's loopback, once. A browser always sends a Host header; HTTP/1.0 need not. */
    static boolean isLoopback(HttpRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.isEmpty()) {
            return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        }
        return hosts.size() == 1 && LOOPBACK.matcher(hosts.get(0)).matches();
    }
}
