// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static io.nodevitals.agent.program.StartCause.*;

import io.nodevitals.agent.program.BuiltPrograms.TestRoot;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Of what execve(2) refuses, and of what env(1) and scripts come to, the inspector says what then happens. */
class InspectAgreementIT extends Agreement {
    @TestFactory
    Stream<DynamicTest> filesThatExecRefuses() {
        Path fixed = built.fixed(GLIBC);
        agrees("no such file", empty(), "/bin/prog", FILE_MISSING);
        agrees("a file for a directory", empty().script("/bin", "x"), "/bin/prog", FILE_MISSING);
        agrees("a static program", empty().copy(fixed, "/bin/prog"), "/bin/prog", null);
        agrees("by an absolute link inside", empty().copy(fixed, "/a/b").link("/bin/prog", "/a/b"), "/bin/prog", null);
        agrees("by dots above the root", empty().copy(fixed, "/a").link("/bin/prog", "../../../a"), "/bin/prog", null);
        agrees("a link to the host's file", empty().link("/bin/prog", fixed.toString()), "/bin/prog", FILE_MISSING);
        agrees("a loop of links", empty().link("/bin/a", "b").link("/bin/b", "a"), "/bin/a", SYMLINK_LOOP);
        agrees("a directory", empty().directory("/bin/prog"), "/bin/prog", NOT_EXECUTABLE);
        agrees("a FIFO", empty().directory("/bin").fifo("/bin/prog"), "/bin/prog", NOT_EXECUTABLE);
        agrees(
                "no x bit",
                empty().copy(fixed, "/bin/prog").mode("/bin/prog", "rw-rw-rw-"),
                "/bin/prog",
                NOT_EXECUTABLE);
        agrees(
                "x for the owner alone",
                empty().copy(fixed, "/bin/prog").mode("/bin/prog", "rwxr--r--"),
                "/bin/prog",
                NOBODY,
                NOT_EXECUTABLE);
        agrees(
                "a directory that others may not enter",
                empty().copy(fixed, "/bin/prog").mode("/bin", "rwx------"),
                "/bin/prog",
                NOBODY,
                PERMISSION);
        agrees("an empty file", empty().script("/bin/prog", ""), "/bin/prog", UNKNOWN_FORMAT);
        agrees("a text without #!", empty().script("/bin/prog", "echo started\n"), "/bin/prog", UNKNOWN_FORMAT);
        agrees(
                "an object file",
                empty().copy(built.build(GLIBC, "plain.o", "plain.c -c"), "/bin/prog"),
                "/bin/prog",
                CORRUPT_ELF);
        agrees("a file that ends in its header", empty().cut(fixed, "/bin/prog", 0.00005), "/bin/prog", CORRUPT_ELF);
        agrees("a program cut in the middle", empty().cut(fixed, "/bin/prog", 0.5), "/bin/prog", CORRUPT_ELF);
        return cases.stream();
    }

    @TestFactory
    Stream<DynamicTest> otherCpus() {
        Path fixed = built.fixed(GLIBC);
        Path tiny = built.build(GLIBC, "tiny", "-m32 -nostdlib -static tiny.s");
        boolean narrow = node().narrow();
        if (node().handlers().isEmpty()) {
            agrees("s390x", empty().foreign(fixed, "/bin/prog", 22), "/bin/prog", WRONG_ARCHITECTURE);
            agrees("aarch64", empty().foreign(fixed, "/bin/prog", 183), "/bin/prog", WRONG_ARCHITECTURE);
        } else {
            skipped("foreign programs", "binfmt_misc handlers " + node().handlers());
        }
        agrees("i386", empty().copy(tiny, "/bin/prog"), "/bin/prog", narrow ? null : WRONG_ARCHITECTURE);
        agrees(
                "a library of another CPU is passed over",
                program("-Wl,-rpath,/a:/b")
                        .foreign(built.one(GLIBC), "/a/libone.so", 183)
                        .copy(one(), "/b/libone.so")
                        .copy(two(), "/lib/libtwo.so"),
                "/bin/prog",
                null);
        agrees(
                "only a library of another CPU",
                program("-Wl,-rpath,/a").foreign(one(), "/a/libone.so", 183),
                "/bin/prog",
                LIBRARY_MISSING);
        return cases.stream();
    }

    @TestFactory
    Stream<DynamicTest> scripts() {
        UnaryOperator<TestRoot> sh = root -> root.copy(built.fixed(GLIBC), "/bin/sh");
        agrees("its interpreter is there", sh.apply(empty()).script("/a", "#!/bin/sh -e\n"), "/a", null);
        agrees("blanks before the name", sh.apply(empty()).script("/a", "#! \t/bin/sh\n"), "/a", null);
        agrees("no line end", sh.apply(empty()).script("/a", "#!/bin/sh"), "/a", null);
        agrees("its interpreter is not there", empty().script("/a", "#!/bin/sh\n"), "/a", SCRIPT_INTERPRETER_MISSING);
        agrees("a carriage return", sh.apply(empty()).script("/a", "#!/bin/sh\r\n"), "/a", SCRIPT_CRLF);
        agrees("no interpreter named", sh.apply(empty()).script("/a", "#!\n"), "/a", UNKNOWN_FORMAT);
        agrees(
                "a name beyond 256 bytes",
                sh.apply(empty()).script("/a", "#!/" + "x".repeat(300) + "\n"),
                "/a",
                UNKNOWN_FORMAT);
        agrees(
                "the interpreter has no x bit",
                sh.apply(empty()).mode("/bin/sh", "rw-r--r--").script("/a", "#!/bin/sh\n"),
                "/a",
                NOT_EXECUTABLE);
        agrees(
                "the interpreter's loader is not there",
                empty().copy(built.plain(GLIBC), "/bin/sh").script("/a", "#!/bin/sh\n"),
                "/a",
                INTERPRETER_MISSING);
        agrees("five interpreters of interpreters", chain(sh.apply(empty()), 5), "/s1", null);
        agrees("six", chain(sh.apply(empty()), 6), "/s1", SYMLINK_LOOP);
        return cases.stream();
    }

    @TestFactory
    Stream<DynamicTest> scriptsThatGoByWayOfEnv() {
        agrees(
                "env finds it",
                env().copy(built.fixed(GLIBC), "/bin/lang").script("/a", "#!/usr/bin/env lang\n"),
                "/a",
                null);
        agrees(
                "env finds no such program",
                env().script("/a", "#!/usr/bin/env lang\n"),
                "/a",
                SCRIPT_INTERPRETER_MISSING);
        agrees("env and a carriage return", env().script("/a", "#!/usr/bin/env lang\r\n"), "/a", SCRIPT_CRLF);
        agrees(
                "env finds it without its x bit",
                env().copy(built.fixed(GLIBC), "/bin/lang")
                        .mode("/bin/lang", "rw-r--r--")
                        .script("/a", "#!/usr/bin/env lang\n"),
                "/a",
                NOT_EXECUTABLE);
        agrees(
                "env -S",
                env().copy(built.fixed(GLIBC), "/bin/lang").script("/a", "#!/usr/bin/env -S X=1 lang -x\n"),
                "/a",
                null);
        agrees(
                "two words without -S",
                env().script("/a", "#!/usr/bin/env lang -x\n"),
                "/a",
                SCRIPT_INTERPRETER_MISSING);
        agrees(
                "what env starts lacks its loader",
                env().script("/a", "#!/usr/bin/env lang\n").script("/bin/lang", "#!/bin/none\n"),
                "/a",
                SCRIPT_INTERPRETER_MISSING);
        agrees(
                "what env starts lacks a library",
                env().copy(built.prog(GLIBC, "prog", ""), "/bin/lang").script("/a", "#!/usr/bin/env lang\n"),
                "/a",
                LIBRARY_MISSING);
        agrees(
                "as many scripts after env as before it",
                chain(env().copy(built.fixed(GLIBC), "/bin/sh"), 5)
                        .script("/a", "#!/b\n")
                        .script("/b", "#!/usr/bin/env -S /s1\n"),
                "/a",
                null);
        return cases.stream();
    }

    @TestFactory
    Stream<DynamicTest> mounts() {
        TestRoot root = empty().directory("/noexec");
        List<String> mount = List.of(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "noexec",
                "tmpfs",
                root.at("/noexec").toString());
        try {
            StartedForReal.output(mount);
        } catch (IllegalStateException refused) {
            skipped("a file system mounted noexec", refused.getMessage());
            return cases.stream();
        }
        root.copy(built.fixed(GLIBC), "/noexec/prog");
        agrees("a file system mounted noexec", root, "/noexec/prog", NOEXEC_MOUNT);
        return cases.stream()
                .onClose(() -> StartedForReal.output(
                        List.of("umount", root.at("/noexec").toString())));
    }
}
