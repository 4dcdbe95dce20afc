// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The page: one file without outside resources. Its policy allows exactly its own script and style, by their hashes, so that
 * nothing a workload is called can run in it.
 */
final class Page {
    private final byte[] html;
    private final String contentSecurityPolicy;

    private Page(String html) {
        this.html = html.getBytes(StandardCharsets.UTF_8);
        this.contentSecurityPolicy = "default-src 'none'; script-src '" + hash(html, "script") + "'; style-src '"
                + hash(html, "style") + "'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'";
    }

    static Page load() {
        try (InputStream in = Page.class.getResourceAsStream("page.html")) {
            if (in == null) {
                throw new IllegalStateException("page.html is not in the jar");
            }
            return new Page(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("page.html cannot be read", e);
        }
    }

    byte[] html() {
        return html.clone();
    }

    String contentSecurityPolicy() {
        return contentSecurityPolicy;
    }

    private static String hash(String html, String element) {
        String open = "<" + element + ">";
        int from = html.indexOf(open) + open.length();
        String text = html.substring(from, html.indexOf("</" + element + ">", from));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
