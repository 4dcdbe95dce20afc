// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PageTest {
    private final Page page = Page.load();
    private final String html = new String(page.html(), StandardCharsets.UTF_8);

    @Test
    void thePolicyAllowsExactlyThePagesOwnScriptAndStyle() throws NoSuchAlgorithmException {
        for (String element : new String[] {"script", "style"}) {
            Matcher matcher = Pattern.compile("<" + element + "[^>]*>(.*?)</" + element + ">", Pattern.DOTALL)
                    .matcher(html);
            assertThat(matcher.find()).isTrue();
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(matcher.group(1).getBytes(StandardCharsets.UTF_8));
            assertThat(page.contentSecurityPolicy())
                    .contains(element + "-src 'sha256-" + Base64.getEncoder().encodeToString(hash) + "'");
            assertThat(matcher.find()).as("a second " + element).isFalse();
        }
        assertThat(page.contentSecurityPolicy())
                .startsWith("default-src 'none';")
                .doesNotContain("unsafe");
    }

    @Test
    void textFromWorkloadsHasNoWayToBecomeMarkup() {
        assertThat(html)
                .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(")
                .doesNotContainPattern("\\son[a-z]+=\"")
                .doesNotContainPattern("\\sstyle=\"");
    }

    @Test
    void nothingIsLoadedFromElsewhere() {
        assertThat(html).doesNotContainPattern("(src|href)=\"(https?:)?//").doesNotContain("@import", "url(");
    }
}
