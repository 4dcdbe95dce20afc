// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs and libraries built by this machine's compiler, and roots to put them in. Every program that reaches its main exits with
 * {@link #STARTED}. Where "prog" needs libone.so, that needs libtwo.so.
 */
final class BuiltPrograms {
    static final int STARTED = 42;

    private static final Path GLIBC_LOADER = Path.of("/lib64/ld-linux-x86-64.so.2");
    private static final Path MUSL_LOADER = Path.of("/lib/ld-musl-x86_64.so.1");
    private static final String MAIN = "int main(int c, char **v) { (void)v; return %s42; }";

    private final Path directory;

    BuiltPrograms(Path directory) {
        this.directory = directory;
        source("plain.c", MAIN.formatted(""));
        source("prog.c", "int one(void); " + MAIN.formatted("c > 99 ? one() : "));
        source("one.c", "int two(void); int one(void) { return two(); }");
        source("two.c", "int two(void) { return 2; }");
        source("other.c", "int other(void) { return 3; }");
        source("tiny.s", ".globl _start\n_start: mov $42, %ebx\nmov $1, %eax\nint $0x80\n");
        source("tiny64.s", ".globl _start\n_start: mov $42, %edi\nmov $60, %eax\nsyscall\n");
        source("one1.map", "ONE_1 { global: one; local: *; };");
        source("one2.map", "ONE_1 { }; ONE_2 { global: one; } ONE_1;");
    }

    /** Whether there is a musl to build against. */
    static boolean hasMusl() {
        return Files.exists(MUSL_LOADER) && Files.isExecutable(Path.of("/usr/bin/musl-gcc"));
    }

    /**
     * Builds once for each set of arguments.
     *
     * @param compiler gcc or musl-gcc
     * @param arguments separated by blanks; DIR is replaced
     */
    Path build(String compiler, String name, String arguments) {
        Path target = directory.resolve(compiler).resolve(name);
        if (!Files.exists(target)) {
            try {
                Files.createDirectories(target.getParent());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            List<String> command = new ArrayList<>(List.of(compiler, "-w", "-o", target.toString()));
            for (String argument : arguments.split(" ", -1)) {
                boolean file = argument.matches("[a-z0-9]+\\.(c|s|map)");
                command.add(
                        file
                                ? directory.resolve(argument).toString()
                                : argument.replace("DIR", target.getParent().toString())
                                        .replace("SRC", directory.toString()));
            }
            StartedForReal.output(command);
        }
        return target;
    }

    Path plain(String compiler) {
        return build(compiler, "plain", "plain.c");
    }

    Path fixed(String compiler) {
        return build(compiler, "fixed", "plain.c -static");
    }

    Path one(String compiler) {
        two(compiler);
        return build(compiler, "libone.so", "one.c -shared -fPIC -Wl,-soname,libone.so -LDIR -ltwo");
    }

    Path two(String compiler) {
        return build(compiler, "libtwo.so", "two.c -shared -fPIC -Wl,-soname,libtwo.so");
    }

    /** A library that has the place of libone.so, and not its symbol. */
    Path other(String compiler) {
        return build(compiler, "libother.so", "other.c -shared -fPIC -Wl,-soname,libone.so");
    }

    /** The program that needs both libraries. */
    Path prog(String compiler, String name, String options) {
        one(compiler);
        return build(
                compiler, name, "prog.c -LDIR -lone -Wl,-rpath-link,DIR" + (options.isEmpty() ? "" : " " + options));
    }

    /** A root with the C libraries that are wanted. */
    static TestRoot root(Path directory, boolean glibc, boolean musl) {
        TestRoot root = new TestRoot(directory);
        if (glibc) {
            root.copy(GLIBC_LOADER, GLIBC_LOADER.toString());
            root.copy(Path.of("/lib/x86_64-linux-gnu/libc.so.6"), "/lib/x86_64-linux-gnu/libc.so.6");
        }
        if (musl) {
            root.copy(MUSL_LOADER, MUSL_LOADER.toString());
        }
        return root;
    }

    private void source(String name, String text) {
        try {
            Files.writeString(directory.resolve(name), text + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A directory that is made to be somebody's root. */
    record TestRoot(Path directory) {
        Path at(String path) {
            return directory.resolve(path.substring(1));
        }

        TestRoot copy(Path from, String to) {
            return write(to, read(from));
        }

        /** The first bytes of a file only. */
        TestRoot cut(Path from, String to, double part) {
            byte[] whole = read(from);
            byte[] head = new byte[(int) (whole.length * part)];
            System.arraycopy(whole, 0, head, 0, head.length);
            return write(to, head);
        }

        /** The same file, its header saying that it is for another CPU. */
        TestRoot foreign(Path from, String to, int machine) {
            byte[] file = read(from);
            ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putShort(18, (short) machine);
            return write(to, file);
        }

        TestRoot script(String path, String text) {
            return write(path, text.getBytes(StandardCharsets.ISO_8859_1));
        }

        TestRoot write(String path, byte[] bytes) {
            try {
                Files.createDirectories(at(path).getParent());
                Files.write(at(path), bytes);
                return mode(path, "rwxr-xr-x");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        TestRoot mode(String path, String permissions) {
            try {
                Files.setPosixFilePermissions(
                        at(path), java.nio.file.attribute.PosixFilePermissions.fromString(permissions));
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        TestRoot link(String path, String target) {
            try {
                Files.createDirectories(at(path).getParent());
                Files.createSymbolicLink(at(path), Path.of(target));
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        TestRoot directory(String path) {
            try {
                Files.createDirectories(at(path));
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        TestRoot move(String from, String to) {
            try {
                Files.move(at(from), at(to), StandardCopyOption.REPLACE_EXISTING);
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        TestRoot delete(String path) {
            try {
                Files.delete(at(path));
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        TestRoot fifo(String path) {
            StartedForReal.output(List.of("mkfifo", "-m", "0755", at(path).toString()));
            return this;
        }

        /** A cache of the directories named, made by this machine's ldconfig. */
        TestRoot cache(String... directories) {
            script("/etc/ld.so.conf", String.join("\n", directories) + "\n");
            StartedForReal.output(List.of("ldconfig", "-r", directory.toString()));
            return this;
        }

        private static byte[] read(Path from) {
            try {
                return Files.readAllBytes(from);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
