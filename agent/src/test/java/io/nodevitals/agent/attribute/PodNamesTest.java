// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.agent.attribute.PodNames.PodName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodNamesTest {
    private static final String UID = "0a1b2c3d-1111-4222-8333-444455556666";
    private static final String STATIC_UID = "0123456789abcdef0123456789abcdef";

    private static final int MAX_PODS = 20;

    @TempDir
    Path logs;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);

    @Test
    void aDirectorySaysNamespacePodAndOnlyContainer() throws IOException {
        Files.createDirectories(logs.resolve("shop_cart-7d9f.v2_" + UID + "/cart"));
        Files.createDirectories(logs.resolve("kube-system_etcd-node1_" + STATIC_UID + "/etcd"));
        PodNames names = names();
        assertThat(names.find(UID)).isEqualTo(new PodName("shop", "cart-7d9f.v2", "cart"));
        assertThat(names.find(STATIC_UID)).isEqualTo(new PodName("kube-system", "etcd-node1", "etcd"));
    }

    @Test
    void amongSeveralContainersNoneIsGuessed() throws IOException {
        Path pod = logs.resolve("shop_cart_" + UID);
        Files.createDirectories(pod.resolve("cart"));
        Files.createDirectories(pod.resolve("istio-proxy"));
        assertThat(names().find(UID)).isEqualTo(new PodName("shop", "cart", null));
    }

    @Test
    void whatIsNoContainersDirectoryIsPassedOver() throws IOException {
        Path pod = Files.createDirectories(logs.resolve("shop_cart_" + UID));
        Files.createFile(pod.resolve("file"));
        Files.createDirectories(pod.resolve("We\u0131rd"));
        Files.createSymbolicLink(pod.resolve("link"), logs);
        Files.createDirectories(pod.resolve("cart"));
        assertThat(names().find(UID)).isEqualTo(new PodName("shop", "cart", "cart"));
    }

    @Test
    void namesThatKubernetesWouldNotGiveAreNotTaken() throws IOException {
        for (String name : new String[] {
            "shop_cart",
            "shop_cart_" + UID + "_x",
            "shop_<script>_" + UID,
            "shop_cart\n_" + UID,
            "Shop_cart_" + UID,
            "-shop_cart_" + UID,
            "shop_cart-_" + UID,
            "shop_cart..x_" + UID,
            "_cart_" + UID,
            "shop__" + UID,
            "n".repeat(64) + "_cart_" + UID,
            "shop_cart_" + UID.toUpperCase(java.util.Locale.ROOT),
            "shop_cart_" + UID.replace('-', '_'),
        }) {
            Files.createDirectories(logs.resolve(name));
        }
        Files.createFile(logs.resolve("shop_file_" + UID));
        Files.createSymbolicLink(logs.resolve("shop_link_" + UID), logs);
        assertThat(names().find(UID)).isNull();
    }

    @Test
    void twoPodsThatClaimOneUidAreNeitherBelieved() throws IOException {
        Files.createDirectories(logs.resolve("shop_cart_" + UID));
        Files.createDirectories(logs.resolve("shop_evil_" + UID));
        assertThat(names().find(UID)).isNull();
    }

    @Test
    void aMissingPodIsLookedForAgainAfterASecond() throws IOException {
        PodNames names = names();
        assertThat(names.find(UID)).isNull();
        Files.createDirectories(logs.resolve("shop_cart_" + UID));
        assertThat(names.find(UID)).isNull();
        clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(names.find(UID)).isNotNull();
    }

    @Test
    void aSecondContainerIsNoticedAfterTenSeconds() throws IOException {
        Path pod = logs.resolve("shop_cart_" + UID);
        Files.createDirectories(pod.resolve("init"));
        PodNames names = names();
        assertThat(names.find(UID)).isEqualTo(new PodName("shop", "cart", "init"));
        Files.createDirectories(pod.resolve("cart"));
        clock.addAndGet(TimeUnit.SECONDS.toNanos(10));
        assertThat(names.find(UID)).isEqualTo(new PodName("shop", "cart", null));
    }

    @Test
    void aPodThatIsGoneStaysKnownForTenMinutes() throws IOException {
        Path pod = Files.createDirectories(logs.resolve("shop_cart_" + UID));
        PodNames names = names();
        assertThat(names.find(UID)).isNotNull();
        Files.delete(pod);
        clock.addAndGet(TimeUnit.MINUTES.toNanos(10) - 1);
        assertThat(names.find(UID)).isNotNull();
        clock.addAndGet(TimeUnit.SECONDS.toNanos(10));
        assertThat(names.find(UID)).isNull();
    }

    @Test
    void withoutTheDirectoryNothingIsKnown() throws IOException {
        assertThat(new PodNames(logs.resolve("absent"), clock::get, MAX_PODS).find(UID))
                .isNull();
    }

    @Test
    void aDirectoryThatCannotBeReadIsAnErrorAtMostOnceASecond() throws IOException {
        PodNames names = new PodNames(Files.createFile(logs.resolve("file")), clock::get, MAX_PODS);
        assertThatThrownBy(() -> names.find(UID)).isInstanceOf(NotDirectoryException.class);
        assertThat(names.find(UID)).isNull();
        clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThatThrownBy(() -> names.find(UID)).isInstanceOf(NotDirectoryException.class);
    }

    @Test
    void noMoreThanABoundedNumberIsRead() throws IOException {
        for (int i = 0; i < MAX_PODS + 10; i++) {
            Files.createDirectory(logs.resolve("shop_cart_" + String.format("%032x", i)));
        }
        PodNames names = names();
        int known = 0;
        for (int i = 0; i < MAX_PODS + 10; i++) {
            known += names.find(String.format("%032x", i)) == null ? 0 : 1;
        }
        assertThat(known).isEqualTo(MAX_PODS);
    }

    private PodNames names() {
        return new PodNames(logs, clock::get, MAX_PODS);
    }
}
