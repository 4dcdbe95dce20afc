// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinfmtConfigTest {
    @TempDir
    Path root;

    @Test
    void aFileInEtcReplacesTheOneOfTheSameNameInUsr() throws Exception {
        write("usr/lib/binfmt.d/qemu.conf", "# comment\n:arm:M::\\x7f::/usr/bin/arm:F\n; another\n\n");
        write("usr/lib/binfmt.d/jar.conf", ":jar:E::jar::/usr/bin/jexec:\n");
        write("etc/binfmt.d/qemu.conf", ";arm;M;;\\x7f;;/opt/arm;F\n");
        write("etc/binfmt.d/readme.txt", ":no:E::no::/no:\n");

        // A line that begins with ; is a comment, so ; is no delimiter in these files.
        assertThat(BinfmtConfig.read(root)).extracting(BinfmtConfig.Entry::name).containsExactly("jar");
        write("etc/binfmt.d/qemu.conf", ",arm,M,,\\x7f,,/opt/arm,F\n");
        assertThat(BinfmtConfig.read(root))
                .extracting(BinfmtConfig.Entry::registration)
                .containsExactly(",arm,M,,\\x7f,,/opt/arm,F", ":jar:E::jar::/usr/bin/jexec:");
    }

    @Test
    void aLinkToDevNullMasks() throws Exception {
        write("usr/lib/binfmt.d/jar.conf", ":jar:E::jar::/usr/bin/jexec:\n");
        Files.createDirectories(root.resolve("etc/binfmt.d"));
        Files.createSymbolicLink(root.resolve("etc/binfmt.d/jar.conf"), Path.of("/dev/null"));

        assertThat(BinfmtConfig.read(root)).isEmpty();
    }

    @Test
    void whatIsNoRegistrationIsPassedOver() throws Exception {
        write(
                "etc/binfmt.d/a.conf",
                ":\n::\n:noend\n:../register:E::x::/i:\n" + ":long:E::" + "x".repeat(2000) + "::/i:\n");

        assertThat(BinfmtConfig.read(root)).isEmpty();
    }

    private void write(String name, String text) throws Exception {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
