// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.libbpf.Native;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Test;

class VerifierLogTest {
    private final Native natives = Native.load();

    @Test
    void aBufferThatNobodyWroteIsAnEmptyLog() {
        assertThat(VerifierLog.read(natives.allocateUntouched(4096), 4096)).isEmpty();
    }

    @Test
    void aShortLogIsKeptWhole() {
        assertThat(read("0: exit\nR0 !read_ok\n", 4096)).isEqualTo("0: exit\nR0 !read_ok");
    }

    @Test
    void aLongLogIsCutToItsEndAtTheStartOfALine() {
        StringBuilder text = new StringBuilder();
        for (int line = 0; line < 20_000; line++) {
            text.append("line ").append(line).append('\n');
        }

        String log = read(text.toString(), text.length() + 1);

        assertThat(log.length()).isLessThanOrEqualTo(64 * 1024).isGreaterThan(64 * 1024 - 20);
        assertThat(log).startsWith("line ").endsWith("\nline 19999");
    }

    @Test
    void aBufferFullToTheBrimIsReadToItsEnd() {
        assertThat(read("abcd", 4)).isEqualTo("abcd");
    }

    @Test
    void theComplaintIsTheLastLineBeforeTheStatistics() {
        assertThat(VerifierLog.complaint("0: (95) exit\nR0 !read_ok\nprocessed 1 insns (limit 1000000)\n"))
                .isEqualTo("R0 !read_ok");
        assertThat(VerifierLog.complaint("processed 0 insns")).isEqualTo("processed 0 insns");
    }

    @Test
    void theReportThatNewerKernelsAddIsNotTheComplaint() {
        assertThat(VerifierLog.complaint("0: (bf) r0 = r9\nR9 !read_ok\n\nVerification failed: Register Type Safety:"
                        + " Unreadable register\n\nReason:\n  R9 has never been initialized\nprocessed 1 insns"))
                .isEqualTo("R9 !read_ok");
    }

    @Test
    void theComplaintAboutAnArgumentIsTheLineThatNamesTheFunction() {
        String function = "func '__x64_sys_mremap' doesn't have 1-th argument";
        assertThat(VerifierLog.complaint(function + "\ninvalid bpf_context access off=0 size=8\nprocessed 1 insns"))
                .isEqualTo(function);
        assertThat(VerifierLog.complaint("0: (95) exit\ninvalid bpf_context access off=0 size=8"))
                .isEqualTo("invalid bpf_context access off=0 size=8");
    }

    private String read(String text, int sizeBytes) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        Pointer buffer = natives.allocate(Math.max(sizeBytes, bytes.length));
        buffer.put(0, bytes, 0, bytes.length);
        return VerifierLog.read(buffer, sizeBytes);
    }
}
