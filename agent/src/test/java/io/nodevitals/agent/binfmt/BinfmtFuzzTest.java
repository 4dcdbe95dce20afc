// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** What binfmt_misc shows of a handler, and lines of binfmt.d. */
class BinfmtFuzzTest {
    @FuzzTest
    void aHandlersFileIsUnderstoodOrIsNone(byte[] file) {
        BinfmtHandler handler = BinfmtHandler.parse("name", new String(file, StandardCharsets.ISO_8859_1));
        if (handler == null) {
            return;
        }
        byte[] head = Arrays.copyOf(file, Math.min(file.length, 256));
        handler.matches(head, "/usr/bin/program");
        handler.matches(new byte[0], "");
        String registration = handler.registration();
        if (registration != null) {
            assertThat(registration.length()).isLessThanOrEqualTo(BinfmtHandler.MAX_REGISTRATION);
            BinfmtConfig.Entry entry = BinfmtConfig.parse(registration, Path.of("x.conf"));
            // With a semicolon for its delimiter, which the kernel takes, it would be a comment in a configuration.
            String expected = registration.startsWith(";") ? null : handler.name();
            assertThat(entry == null ? null : entry.name()).isEqualTo(expected);
        }
        assertThat(BinfmtHandler.parse("name", shown(handler))).isEqualTo(handler);
    }

    @FuzzTest
    void aLineOfAConfigurationNamesAHandlerOrNone(byte[] line) {
        String text = new String(line, StandardCharsets.ISO_8859_1);
        BinfmtConfig.Entry entry = BinfmtConfig.parse(text, Path.of("x.conf"));
        if (entry != null) {
            assertThat(entry.name()).isNotEmpty().doesNotContain("/");
            assertThat(entry.registration().length()).isLessThanOrEqualTo(BinfmtHandler.MAX_REGISTRATION);
            assertThat(text).contains(entry.name());
        }
    }

    /** As fs/binfmt_misc.c, entry_status, has it. */
    private static String shown(BinfmtHandler handler) {
        StringBuilder text = new StringBuilder(handler.enabled() ? "enabled\n" : "disabled\n");
        text.append("interpreter ").append(handler.interpreter()).append('\n');
        text.append("flags: ").append(handler.flags()).append('\n');
        if (handler.extension() != null) {
            text.append("extension .").append(handler.extension()).append('\n');
        }
        text.append("offset ").append(handler.offset()).append('\n');
        if (handler.magic() != null) {
            text.append("magic ").append(handler.magic()).append('\n');
        }
        if (handler.mask() != null) {
            text.append("mask ").append(handler.mask()).append('\n');
        }
        return text.toString();
    }
}
