// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelBugsTest {
    @TempDir
    private Path root;

    @ParameterizedTest
    @ValueSource(
            strings = {"5.8.0", "5.9", "5.10.222", "5.14.21", "5.15.163", "6.1.96", "6.6.36-talos", "6.8.12", "6.9.7"})
    void anOverrunIsWarnedAbout(String release) throws IOException {
        assertThat(bugs(release, "", "")).singleElement().asString().contains("CVE-2024-41009", "Update to ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4.19.300",
                "5.7.19",
                "5.10.223",
                "5.15.164",
                "6.1.97-1",
                "6.6.37",
                "6.9.8",
                "6.10.0",
                "6.10",
                "7.3.4"
            })
    void whatIsFixedOrHasNoRingIsNot(String release) throws IOException {
        assertThat(bugs(release, "", "")).isEmpty();
    }

    @Test
    void theRemedyIsOfTheSameSeriesWhereThatHasOne() throws IOException {
        assertThat(bugs("6.1.50", "", "")).singleElement().asString().endsWith("Update to 6.1.97 or later.");
        assertThat(bugs("6.8.12", "", "")).singleElement().asString().endsWith("Update to 6.10 or later.");
    }

    @Test
    void debianTellsItsTrueVersionInTheBanner() throws IOException {
        String banner = "Linux version 5.10.0-30-cloud-amd64 (x) (gcc-10) #1 SMP Debian %s-1 (2024-06-01)\n";

        assertThat(bugs("5.10.0-30-cloud-amd64\n", String.format(banner, "5.10.218"), ""))
                .singleElement()
                .asString()
                .startsWith("Kernel 5.10.218 has");
        assertThat(bugs("5.10.0-32-cloud-amd64\n", String.format(banner, "5.10.223"), ""))
                .isEmpty();
    }

    @Test
    void ubuntuTellsItsTrueVersionInTheSignature() throws IOException {
        assertThat(bugs("5.15.0-91-generic", "", "Ubuntu 5.15.0-91.101-generic 5.15.131\n"))
                .singleElement()
                .asString()
                .startsWith("Kernel 5.15.131 has");
    }

    @Test
    void ofAKernelThatTakesSingleFixesOverNothingIsSaid() throws IOException {
        assertThat(bugs("5.14.0-427.13.1.el9_4.x86_64", "Linux version 5.14.0-427 (x) #1 SMP\n", ""))
                .isEmpty();
    }

    @Test
    void whatCannotBeReadIsNoBug() {
        assertThat(KernelBugs.of(root)).isEmpty();
    }

    private List<String> bugs(String release, String banner, String signature) throws IOException {
        write("proc/sys/kernel/osrelease", release);
        write("proc/version", banner);
        write("proc/version_signature", signature);
        return KernelBugs.of(root);
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
