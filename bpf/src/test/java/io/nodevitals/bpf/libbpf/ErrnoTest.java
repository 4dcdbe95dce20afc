// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.libbpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void namesAndSentencesAreLinuxs() {
        assertThat(Errno.describe(1)).isEqualTo("EPERM (1): operation not permitted");
        assertThat(Errno.describe(2)).isEqualTo("ENOENT (2): no such file or directory");
        assertThat(Errno.symbol(35)).isEqualTo("EDEADLK");
        assertThat(Errno.symbol(95)).isEqualTo("EOPNOTSUPP");
        assertThat(Errno.symbol(133)).isEqualTo("EHWPOISON");
        assertThat(Errno.symbol(524)).isEqualTo("ENOTSUPP");
    }

    @Test
    void everyNumberToTheLastHasItsOwnName() {
        Set<String> names = new HashSet<>();
        for (int errno = 1; errno <= 133; errno++) {
            // Linux leaves these two out: they were EWOULDBLOCK's and EDEADLOCK's.
            if (errno != 41 && errno != 58) {
                assertThat(Errno.symbol(errno)).as("errno=%d", errno).startsWith("E");
                assertThat(names.add(Errno.symbol(errno))).as("errno=%d", errno).isTrue();
                assertThat(Errno.sentence(errno)).as("errno=%d", errno).isNotBlank();
            }
        }
    }

    @Test
    void anUnknownNumberIsSaidToBeUnknown() {
        assertThat(Errno.describe(999)).isEqualTo("errno 999: unknown error");
        assertThat(Errno.symbol(999)).isEqualTo("errno 999");
    }

    @Test
    void theExceptionCarriesCallNumberAndName() {
        NativeCallException exception = new NativeCallException("bpf_object__load(exit)", 13);

        assertThat(exception).hasMessage("bpf_object__load(exit): EACCES (13): permission denied");
        assertThat(exception.call()).isEqualTo("bpf_object__load(exit)");
        assertThat(exception.errno()).isEqualTo(13);
        assertThat(exception.symbol()).isEqualTo("EACCES");
    }
}
