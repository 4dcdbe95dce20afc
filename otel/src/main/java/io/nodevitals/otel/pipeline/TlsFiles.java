// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import org.jspecify.annotations.Nullable;

/** Checks the files behind CERTIFICATE, CLIENT_KEY and CLIENT_CERTIFICATE at the start. */
final class TlsFiles {

    private TlsFiles() {}

    /** Names the first file that cannot be read, or is no certificate. */
    static void check(Signal signal, Environment environment) {
        String certificate = SignalSettings.property(signal, "certificate", environment);
        String key = SignalSettings.property(signal, "client.key", environment);
        String clientCertificate = SignalSettings.property(signal, "client.certificate", environment);
        requireCertificates(certificate, environment);
        requireCertificates(clientCertificate, environment);
        byte[] keyBytes = read(key, environment);
        if ((keyBytes == null) != (environment.getString(clientCertificate) == null)) {
            throw new OtlpConfigurationException(Environment.variable(keyBytes == null ? clientCertificate : key)
                    + " is set without " + Environment.variable(keyBytes == null ? key : clientCertificate)
                    + "; set both or neither.");
        }
    }

    private static void requireCertificates(String property, Environment environment) {
        byte[] bytes = read(property, environment);
        if (bytes == null) {
            return;
        }
        try {
            if (CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes))
                    .isEmpty()) {
                throw new CertificateException("no certificate in it");
            }
        } catch (CertificateException e) {
            throw new OtlpConfigurationException(
                    environment.assignment(property) + " holds no X.509 certificate; name a PEM file.", e);
        }
    }

    private static byte @Nullable [] read(String property, Environment environment) {
        String file = environment.getString(property);
        if (file == null) {
            return null;
        }
        try {
            return Files.readAllBytes(Path.of(file));
        } catch (IOException | InvalidPathException e) {
            throw new OtlpConfigurationException(
                    environment.assignment(property) + " cannot be read ("
                            + e.getClass().getSimpleName() + "); name a readable PEM file.",
                    e);
        }
    }
}
