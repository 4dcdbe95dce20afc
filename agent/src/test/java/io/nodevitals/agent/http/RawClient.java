// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that sends exactly what a test wants sent. Reads give up after 20 seconds. */
final class RawClient implements AutoCloseable {
    private final Socket socket = new Socket();

    /** Status line, headers (one per line) and body of an answer that was read to the end of the connection. */
    record Response(int status, String head, String body) {
        static Response parse(String raw) {
            int end = raw.indexOf("\r\n\r\n");
            String head = raw.substring(0, end + 2);
            return new Response(Integer.parseInt(head.substring(9, 12)), head, raw.substring(end + 4));
        }
    }

    RawClient(InetSocketAddress address) throws IOException {
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(20_000);
        socket.connect(address);
    }

    static Response exchange(InetSocketAddress address, String request) throws IOException {
        try (RawClient client = new RawClient(address)) {
            client.send(request);
            return Response.parse(client.readToEnd());
        }
    }

    static Response get(InetSocketAddress address, String path) throws IOException {
        return exchange(address, "GET " + path + " HTTP/1.1\r\nHost: localhost:1\r\n\r\n");
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    String readToEnd() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    BufferedReader reader() throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
