// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static io.nodevitals.agent.program.StartCause.*;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Of what the loaders of glibc and musl do with a program and its libraries, the inspector says what then happens. */
class InspectLoaderAgreementIT extends Agreement {
    @TestFactory
    Stream<DynamicTest> loaders() {
        Path plain = built.plain(GLIBC);
        agrees("glibc", glibc().copy(plain, "/bin/prog"), "/bin/prog", null);
        agrees("no loader", empty().copy(plain, "/bin/prog"), "/bin/prog", INTERPRETER_MISSING);
        agrees(
                "no libc",
                glibc().delete("/lib/x86_64-linux-gnu/libc.so.6").copy(plain, "/bin/prog"),
                "/bin/prog",
                LIBRARY_MISSING);
        String loader = "/lib64/ld-linux-x86-64.so.2";
        agrees(
                "a loader without x bit",
                glibc().mode(loader, "rw-r--r--").copy(plain, "/bin/prog"),
                "/bin/prog",
                NOT_EXECUTABLE);
        agrees(
                "a loader that is a text",
                glibc().script(loader, "x".repeat(100)).copy(plain, "/bin/prog"),
                "/bin/prog",
                CORRUPT_ELF);
        agrees(
                "a loader of another CPU",
                glibc().foreign(Path.of(loader), loader, 183).copy(plain, "/bin/prog"),
                "/bin/prog",
                CORRUPT_ELF);
        agrees(
                "a loader cut in the middle",
                glibc().cut(Path.of(loader), loader, 0.5).copy(plain, "/bin/prog"),
                "/bin/prog",
                CORRUPT_ELF);
        agrees(
                "a static program for a loader",
                empty().copy(built.build(GLIBC, "tiny64", "-nostdlib -static tiny64.s"), "/own/ld")
                        .copy(built.build(GLIBC, "own", "plain.c -Wl,--dynamic-linker,/own/ld"), "/bin/prog"),
                "/bin/prog",
                null);
        if (hasMusl("musl's loader")) {
            agrees(
                    "glibc's program, musl's root",
                    root(false, true).copy(plain, "/bin/prog"),
                    "/bin/prog",
                    LIBC_MISMATCH);
            agrees(
                    "musl's program, glibc's root",
                    glibc().copy(built.plain(MUSL), "/bin/prog"),
                    "/bin/prog",
                    LIBC_MISMATCH);
            agrees("musl", root(false, true).copy(built.plain(MUSL), "/bin/prog"), "/bin/prog", null);
        }
        return cases.stream();
    }

    @TestFactory
    Stream<DynamicTest> glibcLibraries() {
        agrees(
                "in a default directory",
                program("").copy(one(), "/lib/x86_64-linux-gnu/libone.so").copy(two(), "/usr/lib/libtwo.so"),
                "/bin/prog",
                null);
        agrees(
                "the first is missing",
                program("").copy(two(), "/lib/libtwo.so"),
                "/bin/prog",
                LIBRARY_MISSING,
                "libone.so");
        agrees(
                "the second is missing",
                program("").copy(one(), "/lib/libone.so"),
                "/bin/prog",
                LIBRARY_MISSING,
                "libtwo.so");
        agrees(
                "RUNPATH with $ORIGIN",
                // The loader asks /proc/self/exe where the program lies; a chroot has no /proc, a container has.
                program("-Wl,-rpath,$ORIGIN/../opt")
                        .link("/proc/self/exe", "/bin/prog")
                        .copy(one(), "/opt/libone.so")
                        .copy(two(), "/lib/libtwo.so"),
                "/bin/prog",
                null);
        agrees(
                "RUNPATH does not go on to a library's own",
                program("-Wl,--enable-new-dtags,-rpath,/opt")
                        .copy(one(), "/opt/libone.so")
                        .copy(two(), "/opt/libtwo.so"),
                "/bin/prog",
                LIBRARY_MISSING,
                "libtwo.so");
        agrees(
                "RPATH does",
                program("-Wl,--disable-new-dtags,-rpath,/opt")
                        .copy(one(), "/opt/libone.so")
                        .copy(two(), "/opt/libtwo.so"),
                "/bin/prog",
                null);
        agrees(
                "by the cache",
                program("")
                        .copy(one(), "/opt/libone.so")
                        .copy(two(), "/opt/libtwo.so")
                        .cache("/opt"),
                "/bin/prog",
                null);
        agrees(
                "the cache is stale",
                program("")
                        .copy(one(), "/opt/libone.so")
                        .copy(two(), "/opt/libtwo.so")
                        .cache("/opt")
                        .delete("/opt/libtwo.so"),
                "/bin/prog",
                LIBRARY_MISSING,
                "libtwo.so");
        agrees(
                "a broken cache is left out",
                program("")
                        .copy(one(), "/lib/libone.so")
                        .copy(two(), "/lib/libtwo.so")
                        .script("/etc/ld.so.cache", "x".repeat(99)),
                "/bin/prog",
                null);
        agrees(
                "a directory for the best CPU",
                program("-Wl,-rpath,/opt")
                        .copy(one(), "/opt/glibc-hwcaps/" + best() + "/libone.so")
                        .copy(two(), "/lib/libtwo.so"),
                "/bin/prog",
                null);
        agrees(
                "a directory for no CPU",
                program("-Wl,-rpath,/opt")
                        .copy(one(), "/opt/glibc-hwcaps/x86-64-v9/libone.so")
                        .copy(two(), "/lib/libtwo.so"),
                "/bin/prog",
                LIBRARY_MISSING,
                "libone.so");
        agrees(
                "a library that is a text",
                program("").script("/lib/libone.so", "x".repeat(2000)),
                "/bin/prog",
                LIBRARY_UNUSABLE,
                "libone.so");
        agrees(
                "a library that is empty",
                program("").script("/lib/libone.so", ""),
                "/bin/prog",
                LIBRARY_UNUSABLE,
                "libone.so");
        agrees(
                "a library that is a directory",
                program("").directory("/lib/libone.so"),
                "/bin/prog",
                LIBRARY_UNUSABLE,
                "libone.so");
        agrees(
                "a library that is a program",
                program("").copy(built.plain(GLIBC), "/lib/libone.so"),
                "/bin/prog",
                LIBRARY_UNUSABLE,
                "libone.so");
        agrees(
                "a library cut in the middle",
                program("").cut(one(), "/lib/libone.so", 0.4).copy(two(), "/lib/libtwo.so"),
                "/bin/prog",
                LIBRARY_UNUSABLE);
        agrees(
                "a dangling link",
                program("").link("/lib/libone.so", "libone.so.1"),
                "/bin/prog",
                LIBRARY_MISSING,
                "libone.so");
        agrees(
                "a link to the host's",
                program("").link("/lib/libone.so", one().toString()),
                "/bin/prog",
                LIBRARY_MISSING,
                "libone.so");
        return cases.stream();
    }

    @TestFactory
    Stream<DynamicTest> glibcSymbols() {
        Path first = built.build(
                GLIBC,
                "v1/libone.so",
                "one.c -shared -fPIC -Wl,-soname,libone.so,--version-script,SRC/one1.map -LDIR/.. -ltwo");
        Path second = built.build(
                GLIBC,
                "v2/libone.so",
                "one.c -shared -fPIC -Wl,-soname,libone.so,--version-script,SRC/one2.map -LDIR/.. -ltwo");
        Path versioned = built.build(GLIBC, "v2/prog", "prog.c -LDIR -lone -Wl,-rpath-link,DIR/..");
        agrees("the version is there", symbols(versioned, second), "/bin/prog", null);
        agrees("an older version only", symbols(versioned, first), "/bin/prog", VERSION_MISSING, "ONE_2");
        agrees("a library without any versions", symbols(versioned, one()), "/bin/prog", null);
        Path now = built.prog(GLIBC, "now", "-Wl,-z,now");
        Path lazy = built.prog(GLIBC, "lazy", "-Wl,-z,lazy");
        agrees("a symbol is missing, bound now", symbols(now, built.other(GLIBC)), "/bin/prog", SYMBOL_MISSING, "one");
        agrees("a symbol is missing, bound at its first call", symbols(lazy, built.other(GLIBC)), "/bin/prog", null);
        return cases.stream();
    }

    @TestFactory
    Stream<DynamicTest> muslLibraries() {
        if (!hasMusl("musl's libraries")) {
            return cases.stream();
        }
        Path one = built.one(MUSL);
        Path two = built.two(MUSL);
        agrees(
                "in a default directory",
                musl("").copy(one, "/usr/local/lib/libone.so").copy(two, "/usr/lib/libtwo.so"),
                "/bin/prog",
                null);
        agrees(
                "the second is missing",
                musl("").copy(one, "/lib/libone.so"),
                "/bin/prog",
                LIBRARY_MISSING,
                "libtwo.so");
        agrees(
                "RUNPATH goes on to a library's own",
                musl("-Wl,--enable-new-dtags,-rpath,/opt")
                        .copy(one, "/opt/libone.so")
                        .copy(two, "/opt/libtwo.so"),
                "/bin/prog",
                null);
        agrees(
                "the path file",
                musl("").script("/etc/ld-musl-x86_64.path", "/none\n/opt\n")
                        .copy(one, "/opt/libone.so")
                        .copy(two, "/opt/libtwo.so"),
                "/bin/prog",
                null);
        agrees(
                "the path file replaces the defaults",
                musl("").script("/etc/ld-musl-x86_64.path", "/opt\n")
                        .copy(one, "/lib/libone.so")
                        .copy(two, "/lib/libtwo.so"),
                "/bin/prog",
                LIBRARY_MISSING,
                "libone.so");
        agrees(
                "a library that is a text",
                musl("").script("/lib/libone.so", "x".repeat(2000)),
                "/bin/prog",
                LIBRARY_UNUSABLE,
                "libone.so");
        agrees(
                "a library that is empty",
                musl("").script("/lib/libone.so", ""),
                "/bin/prog",
                LIBRARY_UNUSABLE,
                "libone.so");
        agrees(
                "a symbol is missing",
                musl("").copy(built.other(MUSL), "/lib/libone.so").copy(two, "/lib/libtwo.so"),
                "/bin/prog",
                SYMBOL_MISSING,
                "one");
        agrees(
                "the symbol of a lazily bound call too",
                musl("-Wl,-z,lazy").copy(built.other(MUSL), "/lib/libone.so"),
                "/bin/prog",
                SYMBOL_MISSING,
                "one");
        return cases.stream();
    }
}
