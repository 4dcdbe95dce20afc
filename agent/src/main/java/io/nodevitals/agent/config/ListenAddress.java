// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a listener listens: {@code 127.0.0.1:9464}, {@code [::1]:9464}, {@code localhost:9464}. Only literal addresses, and
 * localhost as the IPv4 loopback address: no name is looked up.
 *
 * @param host as written, without brackets
 * @param port 0 for any that is free
 */
public record ListenAddress(String host, int port) {
    private static final Pattern FORM =
            Pattern.compile("(localhost|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9a-fA-F:.]+]):([0-9]{1,5})");

    /**
     * Reads HOST:PORT.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static ListenAddress parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not an address and a port");
        }
        String host = matcher.group(1).replace("[", "").replace("]", "");
        int port = Integer.parseInt(matcher.group(2));
        if (port > 0xffff) {
            throw new IllegalArgumentException("port above 65535");
        }
        resolve(host);
        return new ListenAddress(host, port);
    }

    /** Whether only this machine's own network namespace can connect. */
    public boolean isLoopback() {
        return resolve(host).isLoopbackAddress();
    }

    /** For bind and connect. */
    public InetSocketAddress toSocketAddress() {
        return new InetSocketAddress(resolve(host), port);
    }

    /** As {@link #parse} takes it, and as a URL's authority. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }

    // getByName looks nothing up when the text is a literal address.
    private static InetAddress resolve(String host) {
        try {
            return InetAddress.getByName(host.equals("localhost") ? "127.0.0.1" : host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an address: " + host, e);
        }
    }
}
