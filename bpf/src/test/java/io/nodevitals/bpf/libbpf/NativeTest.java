// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.libbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;

class NativeTest {
    private final Native natives = Native.load();

    /** What only this test needs of libc. */
    public interface TestLibc {
        int memfd_create(String name, int flags);

        int ftruncate(int fd, long length);
    }

    @Test
    void aMissingLibraryNamesItselfAndThePackage() {
        assertThatThrownBy(() -> Native.load("libbpf.so.99"))
                .isInstanceOf(NativeUnavailableException.class)
                .hasMessageContaining("libbpf.so.99")
                .hasMessageContaining("apt-get install libbpf1");
    }

    @Test
    void aLibraryWithoutOurSymbolsNamesThemAndThePackage() {
        assertThatThrownBy(() -> Native.load("libm.so.6"))
                .isInstanceOf(NativeUnavailableException.class)
                .hasMessageStartingWith("libm.so.6 is too old or not libbpf: it has no bpf_iter_create, ")
                .hasMessageContaining("bpf_link__destroy")
                .hasMessageContaining("bpf_map_lookup_batch")
                .hasMessageContaining("apt-get install libbpf1");
    }

    @Test
    void aJvmThatCanUnpackNoNativeCodeSaysWhatToSetInOneLine() throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=/proc/nowhere",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoadMain.class.getName())
                .directory(new File("/proc"))
                .start();

        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).isZero();
        assertThat(output.lines())
                .singleElement()
                .asString()
                .startsWith("the native part of jffi cannot be loaded: ")
                .contains("java.io.tmpdir")
                .contains("jffi.boot.library.path");
    }

    /** Prints why it cannot load, in a JVM of its own: jffi tries once only. */
    static final class LoadMain {
        public static void main(String[] arguments) {
            try {
                Native.load();
            } catch (NativeUnavailableException unavailable) {
                System.out.println(unavailable.getMessage());
            }
        }
    }

    @Test
    void libbpfIsOfTheFirstMajorVersion() {
        assertThat(natives.libbpf().libbpf_version_string()).startsWith("v1.");
        assertThat(natives.libbpf().libbpf_num_possible_cpus())
                .isGreaterThanOrEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void aFailedLibcCallBecomesATypedError() {
        assertThatThrownBy(() -> natives.checkLibc("close", natives.libc().close(-1)))
                .isInstanceOfSatisfying(NativeCallException.class, failure -> {
                    assertThat(failure.call()).isEqualTo("close");
                    assertThat(failure.symbol()).isEqualTo("EBADF");
                });
    }

    @Test
    void aNegativeLibbpfResultAndANullPointerBecomeTypedErrors() {
        assertThatThrownBy(() -> natives.checkLibbpf("bpf_object__load", -13))
                .isInstanceOf(NativeCallException.class)
                .hasMessage("bpf_object__load: EACCES (13): permission denied");
        assertThatThrownBy(() -> natives.checkLibbpf(
                        "bpf_object__open_mem",
                        natives.libbpf().bpf_object__open_mem(natives.allocate(64), 64, natives.allocate(8))))
                .isInstanceOfSatisfying(
                        NativeCallException.class,
                        failure -> assertThat(failure.symbol()).isEqualTo("EINVAL"));
    }

    @Test
    void errnoBelongsToTheThreadThatCalled() throws Exception {
        natives.libc().close(-1);

        int elsewhere = CompletableFuture.supplyAsync(() -> {
                    natives.libc().epoll_create1(-1);
                    return natives.lastErrno();
                })
                .get();

        assertThat(Errno.symbol(elsewhere)).isEqualTo("EINVAL");
        assertThat(Errno.symbol(natives.lastErrno())).isEqualTo("EBADF");
    }

    @Test
    void aMappingShowsTheFileFromItsOffset() {
        TestLibc libc = LibraryLoader.create(TestLibc.class).load("libc.so.6");
        int page = natives.pageSize();
        int fd = natives.checkLibc("memfd_create", libc.memfd_create("nodevitals", 0));
        try {
            natives.checkLibc("ftruncate", libc.ftruncate(fd, 2L * page));
            try (MappedMemory whole = natives.map(fd, 0, 2L * page, Libc.PROT_READ | Libc.PROT_WRITE);
                    MappedMemory second = natives.map(fd, page, page, Libc.PROT_READ)) {
                ByteBuffer written = whole.buffer(page, 16);
                written.putLong(8, 0x1122334455667788L);

                assertThat(second.buffer(0, page).getLong(8)).isEqualTo(0x1122334455667788L);
                assertThatThrownBy(() -> second.buffer(8, page)).isInstanceOf(IndexOutOfBoundsException.class);
                second.close();
            }
        } finally {
            natives.libc().close(fd);
        }
    }

    @Test
    void mappingWhatCannotBeMappedIsATypedError() {
        assertThatThrownBy(() -> natives.map(-1, 0, 4096, Libc.PROT_READ))
                .isInstanceOf(NativeCallException.class)
                .hasMessage("mmap: EBADF (9): bad file descriptor");
    }
}
