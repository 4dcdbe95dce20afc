// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BinfmtHandlerTest {
    private static final String QEMU = """
            enabled
            interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
            flags: POCF
            offset 0
            magic 7f454c460201010000000000000000000200b700
            mask ffffffffffffff00fffffffffffffffffeffffff
            """;

    @Test
    void aHandlersFileIsReadAsTheKernelWritesIt() {
        BinfmtHandler handler = BinfmtHandler.parse("qemu-aarch64", QEMU);

        assertThat(handler)
                .isEqualTo(new BinfmtHandler(
                        "qemu-aarch64",
                        true,
                        "/usr/libexec/qemu-binfmt/aarch64-binfmt-P",
                        "POCF",
                        null,
                        0,
                        "7f454c460201010000000000000000000200b700",
                        "ffffffffffffff00fffffffffffffffffeffffff"));
        assertThat(BinfmtHandler.parse("jar", "disabled\ninterpreter /usr/bin/jexec\nflags: \nextension .jar\n"))
                .isEqualTo(new BinfmtHandler("jar", false, "/usr/bin/jexec", "", "jar", 0, null, null));
        assertThat(BinfmtHandler.parse("odd", "enabled\nmagic zz\n")).isNull();
        assertThat(BinfmtHandler.parse("odd", "")).isNull();
    }

    @Test
    void theMaskDecidesWhichBitsCount() {
        BinfmtHandler handler = BinfmtHandler.parse("qemu-aarch64", QEMU);
        byte[] elf = new byte[64];
        byte[] start = {0x7f, 'E', 'L', 'F', 2, 1, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, (byte) 0xb7, 0};
        System.arraycopy(start, 0, elf, 0, start.length);

        assertThat(handler.matches(elf, "/bin/x")).isTrue();
        elf[18] = 62;
        assertThat(handler.matches(elf, "/bin/x")).isFalse();
        assertThat(handler.matches(new byte[3], "/bin/x")).isFalse();
    }

    @Test
    void magicAtAnOffsetIsLookedForThere() {
        BinfmtHandler handler = new BinfmtHandler("x", true, "/i", "", null, 2, "4142", null);

        assertThat(handler.matches("..AB".getBytes(java.nio.charset.StandardCharsets.US_ASCII), "f"))
                .isTrue();
        assertThat(handler.matches("AB..".getBytes(java.nio.charset.StandardCharsets.US_ASCII), "f"))
                .isFalse();
        assertThat(new BinfmtHandler("x", true, "/i", "", null, 255, "4142", null).matches(new byte[256], "f"))
                .isFalse();
    }

    @Test
    void anExtensionIsWhatFollowsTheLastDot() {
        BinfmtHandler handler = new BinfmtHandler("jar", true, "/i", "", "jar", 0, null, null);

        assertThat(handler.matches(new byte[0], "/opt/app.jar")).isTrue();
        assertThat(handler.matches(new byte[0], "/opt/app.jar.bak")).isFalse();
        assertThat(handler.matches(new byte[0], "/opt/jar")).isFalse();
    }

    @Test
    void theRegistrationIsWhatTheKernelTakes() {
        assertThat(new BinfmtHandler("x", true, "/usr/bin/i", "OC", null, 2, "4142", "ff0f").registration())
                .isEqualTo(":x:M:2:\\x41\\x42:\\xff\\x0f:/usr/bin/i:OC");
        assertThat(new BinfmtHandler("jar", true, "/usr/bin/j:x", "", "jar", 0, null, null).registration())
                .isEqualTo(";jar;E;;jar;;/usr/bin/j:x;");
        assertThat(new BinfmtHandler(":;,|%", true, "/i", "", "jar", 0, null, null).registration())
                .isNull();
    }
}
