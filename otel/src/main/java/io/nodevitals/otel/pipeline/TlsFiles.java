// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks the files behind CERTIFICATE, CLIENT_KEY and CLIENT_CERTIFICATE at the start. */
final class TlsFiles {
    private static final Pattern PEM_KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----(.*)-----END PRIVATE KEY-----", Pattern.DOTALL);

    private TlsFiles() {}

    /** Names the first file that cannot be read, or is no certificate. */
    static void check(Signal signal, Environment environment) {
        String certificate = SignalSettings.property(signal, "certificate", environment);
        String key = SignalSettings.property(signal, "client.key", environment);
        String clientCertificate = SignalSettings.property(signal, "client.certificate", environment);
        requireCertificates(certificate, environment);
        requireCertificates(clientCertificate, environment);
        byte[] keyBytes = read(key, environment);
        if (keyBytes != null && !isPrivateKey(keyBytes)) {
            throw new OtlpConfigurationException(
                    environment.assignment(key)
                            + " holds no unencrypted PKCS#8 private key, RSA or EC; convert it with openssl pkcs8 -topk8 -nocrypt.");
        }
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

    /** Whether the SDK will be able to read the key: PEM or DER, PKCS#8. */
    private static boolean isPrivateKey(byte[] file) {
        try {
            Matcher pem = PEM_KEY.matcher(new String(file, StandardCharsets.UTF_8).strip());
            byte[] der = pem.matches() ? Base64.getMimeDecoder().decode(pem.group(1)) : file;
            PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(der);
            return isKeyOf("RSA", encoded) || isKeyOf("EC", encoded);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isKeyOf(String algorithm, PKCS8EncodedKeySpec encoded) {
        try {
            KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
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
