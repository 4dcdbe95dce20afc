// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A handler's file as the kernel shows it, a line of binfmt.d, and what is made of both. The first line is the handler's name. */
class BinfmtFuzzTest {
    private static final Path CONF = Path.of("x.conf");

    static Stream<byte[]> texts() {
        return Stream.of(
                        "qemu-aarch64\nenabled\ninterpreter /usr/bin/qemu-aarch64\nflags: OCF\noffset 0\n"
                                + "magic 7f454c4602010100000000000000000002\nmask ffffffffffffff00fffffffffffffffffe\n",
                        "jar\ndisabled\ninterpreter /usr/bin/jexec\nflags: \nextension .jar\n",
                        "a:b\nenabled\ninterpreter /x;y,z|\nflags: F\noffset 250\nmagic 0a\n",
                        ":CLR:M::MZ::/usr/bin/mono:PF",
                        ";a:b;E;;x;;/bin/x;",
                        "# comment")
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("texts")
    @FuzzTest(maxDuration = "10m")
    void whatIsNotUnderstoodIsNoHandler(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\n');
        String name = end < 0 ? text : text.substring(0, end);
        BinfmtHandler handler = BinfmtHandler.parse(name, text.substring(end + 1));
        if (handler != null) {
            assertThat(handler.magic() == null).isEqualTo(handler.extension() != null);
            handler.matches(bytes, text);
            handler.matches(new byte[0], "");
            check(handler);
        }
        BinfmtConfig.Entry entry = BinfmtConfig.entry(text, CONF);
        if (entry != null) {
            assertThat(entry.name()).isNotEmpty().doesNotContain("/");
            assertThat(entry.registration()).hasSizeLessThanOrEqualTo(BinfmtHandler.MAX_REGISTRATION);
            assertThat(BinfmtConfig.entry(entry.registration(), CONF)).isEqualTo(entry);
        }
    }

    private static void check(BinfmtHandler handler) {
        assertThat(BinfmtHandler.parse(handler.name(), shown(handler))).isEqualTo(handler);
        String registration = handler.registration();
        if (registration != null) {
            assertThat(registration).hasSizeLessThanOrEqualTo(BinfmtHandler.MAX_REGISTRATION);
            // The kernel cuts it at the delimiter: as many fields as it wants, each as it was.
            String[] fields = registration.split(java.util.regex.Pattern.quote(registration.substring(0, 1)), -1);
            assertThat(fields).hasSize(8);
            assertThat(fields[1]).isEqualTo(handler.name());
            assertThat(fields[6]).isEqualTo(handler.interpreter());
            assertThat(fields[7]).isEqualTo(handler.flags());
            BinfmtConfig.Entry entry = BinfmtConfig.entry(registration, CONF);
            assertThat(entry == null ? handler.name() : entry.name()).isEqualTo(handler.name());
        }
    }

    // entry_status in fs/binfmt_misc.c
    private static String shown(BinfmtHandler handler) {
        return (handler.enabled() ? "enabled" : "disabled")
                + "\ninterpreter " + handler.interpreter()
                + "\nflags: " + handler.flags()
                + (handler.extension() != null
                        ? "\nextension ." + handler.extension() + "\n"
                        : "\noffset " + handler.offset() + "\nmagic " + handler.magic()
                                + (handler.mask() == null ? "" : "\nmask " + handler.mask()) + "\n");
    }
}
