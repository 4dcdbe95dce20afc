// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "java",
                "/usr/bin/x y",
                "x) R 1 (",
                "${jndi:ldap://x}",
                "<script>alert(1)</script>",
                "\"'\\`~"
            })
    void aPlainNameStaysAsItIs(String name) {
        assertThat(Names.sanitise(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"grün", "日本語", "naïve ☕", "😀 emoji", "ελληνικά"})
    void textInUtf8IsReadAsUtf8(String text) {
        assertThat(Names.sanitise(raw(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "1b",
        "00",
        "07",
        "0a",
        "0d",
        "09",
        "7f",
        "c280",
        "c285",
        "c29b", // C1 controls; 9b is an 8-bit CSI
        "e280a8",
        "e280a9", // line and paragraph separator
        "e280ae",
        "e281a6",
        "e2808b",
        "e2808d",
        "efbbbf", // bidirectional override and isolate, zero-width, BOM
        "f3a08081", // language tag
        "ee8080",
        "f4808080", // private use
        "efbfbf",
        "f09fbfbf", // noncharacters
        "ff",
        "c3",
        "80",
        "c0af",
        "f5", // malformed
    })
    void whatWouldHarmAnOutputIsReplaced(String bytes) {
        String raw = "a" + fromHex(bytes) + "b";
        assertThat(Names.sanitise(raw)).isEqualTo("a" + replacements(bytes) + "b");
    }

    @Test
    void aSurrogateInUtf8IsNoText() {
        assertThat(Names.sanitise(fromHex("eda080"))).matches("\uFFFD+");
    }

    @Test
    void aLongNameIsCutAtTheLimit() {
        assertThat(Names.sanitise("x".repeat(Names.MAX_LENGTH))).hasSize(Names.MAX_LENGTH);
        assertThat(Names.sanitise("x".repeat(Names.MAX_LENGTH + 1))).isEqualTo("x".repeat(Names.MAX_LENGTH));
    }

    @Test
    void aLongNameIsCutBetweenCharacters() {
        String text = "x".repeat(Names.MAX_LENGTH - 1) + "😀";
        assertThat(Names.sanitise(raw(text))).isEqualTo("x".repeat(Names.MAX_LENGTH - 1));
        assertThat(Names.sanitise(raw("😀".repeat(Names.MAX_LENGTH)))).isEqualTo("😀".repeat(Names.MAX_LENGTH / 2));
    }

    @Test
    void nothingFollowsTheCut() {
        String text = "x".repeat(Names.MAX_LENGTH - 1) + "😀y";
        assertThat(Names.sanitise(raw(text))).isEqualTo("x".repeat(Names.MAX_LENGTH - 1));
    }

    private static String raw(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String fromHex(String hex) {
        StringBuilder raw = new StringBuilder();
        for (int i = 0; i < hex.length(); i += 2) {
            raw.append((char) Integer.parseInt(hex.substring(i, i + 2), 16));
        }
        return raw.toString();
    }

    // An overlong sequence is as many errors as bytes; everything else here is one.
    private static String replacements(String bytes) {
        return bytes.equals("c0af") ? "\uFFFD\uFFFD" : "\uFFFD";
    }
}
