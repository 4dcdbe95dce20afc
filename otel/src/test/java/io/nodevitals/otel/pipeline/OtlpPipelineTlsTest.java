// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS with authorities made by the JDK's keytool at test time. */
class OtlpPipelineTlsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String PASSWORD = "changeit";

    @TempDir
    static Path directory;

    private final List<String> lines = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void makeCertificates() throws Exception {
        generate("ca", "-ext", "bc:critical=ca:true");
        generate("other-ca", "-ext", "bc:critical=ca:true");
        generate("server", "-signer", "ca", "-ext", "san=dns:localhost,ip:127.0.0.1");
        generate("client", "-signer", "ca");
        KeyStore store = store();
        for (String name : List.of("ca", "other-ca", "client")) {
            Files.writeString(
                    pem(name), pem("CERTIFICATE", store.getCertificate(name).getEncoded()));
        }
        byte[] key = store.getKey("client", PASSWORD.toCharArray()).getEncoded();
        Files.writeString(pem("client-key"), pem("PRIVATE KEY", key));
    }

    private static void generate(String name, String... more) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of("-genkeypair", "-alias", name, "-dname", "CN=" + name, "-keyalg", "EC"));
        command.addAll(List.of("-validity", "2", "-storetype", "PKCS12", "-storepass", PASSWORD));
        command.addAll(List.of("-keystore", directory.resolve("keys.p12").toString()));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(command + "\n" + output).isZero();
    }

    private static String pem(String type, byte[] content) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END " + type
                + "-----\n";
    }

    private static Path pem(String name) {
        return directory.resolve(name + ".pem");
    }

    private static KeyStore store() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve("keys.p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    /** The store with the server's key alone, so that no other key is offered. */
    private static KeyStore serverStore() throws Exception {
        KeyStore all = store();
        KeyStore server = KeyStore.getInstance("PKCS12");
        server.load(null, null);
        server.setKeyEntry(
                "server",
                all.getKey("server", PASSWORD.toCharArray()),
                PASSWORD.toCharArray(),
                all.getCertificateChain("server"));
        return server;
    }

    private static SslContext serverTls(ClientAuth clientAuth) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(serverStore(), PASSWORD.toCharArray());
        return SslContextBuilder.forServer(keys)
                .sslProvider(SslProvider.JDK)
                .trustManager(pem("ca").toFile())
                .clientAuth(clientAuth)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2,
                        ApplicationProtocolNames.HTTP_1_1))
                .build();
    }

    private OtlpPipeline start(OtlpReceiver receiver, String protocol, String... more) {
        return OtlpPipeline.start(
                Samples.environment("https://localhost:" + receiver.port(), protocol, more),
                Samples::snapshot,
                lines::add);
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void aBackendOfTheNamedAuthorityIsTrusted(String protocol) throws Exception {
        try (OtlpReceiver receiver = OtlpReceiver.start(serverTls(ClientAuth.NONE));
                OtlpPipeline pipeline = start(
                        receiver,
                        protocol,
                        "OTEL_EXPORTER_OTLP_CERTIFICATE",
                        pem("ca").toString())) {
            pipeline.flush(LONG);
            assertThat(lines).isEmpty();
            assertThat(receiver.resourceMetrics()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void aBackendOfAnotherAuthorityGetsNothingNotEvenInPlainText(String protocol) throws Exception {
        try (OtlpReceiver receiver = OtlpReceiver.start(serverTls(ClientAuth.NONE))) {
            try (OtlpPipeline pipeline = start(
                    receiver,
                    protocol,
                    "OTEL_EXPORTER_OTLP_CERTIFICATE",
                    pem("other-ca").toString())) {
                pipeline.flush(LONG);
                assertThat(pipeline.account().of(Signal.METRICS).dropped())
                        .containsEntry(DropReason.UNREACHABLE, (long) Samples.POINTS);
            }
            assertThat(receiver.requests()).isEmpty();
            assertThat(receiver.undecodable()).noneMatch(why -> why.contains("NotSslRecord"));
            assertThat(lines).singleElement().asString().contains("SSLHandshakeException");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void aPlainTextBackendBehindAnHttpsEndpointGetsNothing(String protocol) throws IOException {
        try (OtlpReceiver receiver = OtlpReceiver.start();
                OtlpPipeline pipeline = start(receiver, protocol, "OTEL_EXPORTER_OTLP_TIMEOUT", "2000")) {
            pipeline.flush(LONG);
            assertThat(receiver.requests()).isEmpty();
            assertThat(pipeline.account().of(Signal.METRICS).exported()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void theClientShowsItsCertificateToABackendThatRequiresOne(String protocol) throws Exception {
        try (OtlpReceiver receiver = OtlpReceiver.start(serverTls(ClientAuth.REQUIRE));
                OtlpPipeline pipeline = start(
                        receiver,
                        protocol,
                        "OTEL_EXPORTER_OTLP_CERTIFICATE",
                        pem("ca").toString(),
                        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
                        pem("client").toString(),
                        "OTEL_EXPORTER_OTLP_CLIENT_KEY",
                        pem("client-key").toString())) {
            pipeline.flush(LONG);
            assertThat(lines).isEmpty();
            assertThat(receiver.resourceMetrics()).hasSize(2);
        }
        try (OtlpReceiver receiver = OtlpReceiver.start(serverTls(ClientAuth.REQUIRE));
                OtlpPipeline pipeline = start(
                        receiver,
                        protocol,
                        "OTEL_EXPORTER_OTLP_CERTIFICATE",
                        pem("ca").toString(),
                        "OTEL_EXPORTER_OTLP_TIMEOUT",
                        "2000")) {
            pipeline.flush(LONG);
            assertThat(receiver.requests()).isEmpty();
            assertThat(pipeline.account().of(Signal.METRICS).exported()).isZero();
        }
    }
}
