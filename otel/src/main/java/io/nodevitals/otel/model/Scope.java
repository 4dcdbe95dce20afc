// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.model;

import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The instrumentation scope of everything this project sends. Immutable; any thread. */
public final class Scope {
    /** The project's version, as the build wrote it into the jar. */
    public static final String VERSION = version();

    /** Scope name {@code io.nodevitals} with {@link #VERSION}. */
    public static final InstrumentationScopeInfo INFO = InstrumentationScopeInfo.builder("io.nodevitals")
            .setVersion(VERSION)
            .build();

    private Scope() {}

    private static String version() {
        try (InputStream in = Scope.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                throw new IllegalStateException("resource=version.properties is missing from the jar");
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException("resource=version.properties cannot be read", e);
        }
    }
}
