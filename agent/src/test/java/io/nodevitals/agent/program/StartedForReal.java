// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Starts programs inside a root, by chroot(2) and execve(2), and tells what the kernel and the loader made of it. */
final class StartedForReal {
    // The child tells by a pipe that execve(2) closes: an errno in it can only be execve's.
    private static final String SOURCE = """
            #include <errno.h>
            #include <fcntl.h>
            #include <grp.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/resource.h>
            #include <sys/wait.h>
            #include <unistd.h>
            int main(int argc, char **argv) {
                int ends[2], error = 0, status = 0;
                struct rlimit none = {0, 0};
                if (argc < 4 || pipe2(ends, O_CLOEXEC) || chroot(argv[1]) || chdir("/")) return 3;
                pid_t child = fork();
                if (child == 0) {
                    setrlimit(RLIMIT_CORE, &none);
                    alarm(20);
                    uid_t id = atoi(argv[2]);
                    if (id && (setgroups(0, 0) || setgid(id) || setuid(id))) _exit(3);
                    char *program[] = {argv[3], 0};
                    execve(argv[3], program, argv + 4);
                    error = errno;
                    _exit(write(ends[1], &error, sizeof error) == sizeof error ? 0 : 3);
                }
                close(ends[1]);
                int failed = read(ends[0], &error, sizeof error) == sizeof error;
                if (waitpid(child, &status, 0) != child) return 3;
                if (failed) printf("\\nresult errno %d\\n", error);
                else if (WIFSIGNALED(status)) printf("\\nresult signal %d\\n", WTERMSIG(status));
                else printf("\\nresult exit %d\\n", WEXITSTATUS(status));
                return 0;
            }
            """;

    private static final Pattern RESULT = Pattern.compile("\nresult (errno|signal|exit) ([0-9]+)\n\\z");

    private final Path starter;

    /** Compiles the starter into a directory. */
    StartedForReal(Path directory) {
        try {
            Path source = Files.writeString(directory.resolve("starter.c"), SOURCE);
            this.starter = directory.resolve("starter");
            output(List.of("gcc", "-Wall", "-D_GNU_SOURCE", "-o", starter.toString(), source.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What happened.
     *
     * @param kind "errno" of execve, "signal", or "exit"
     * @param output of the program and its loader
     */
    record Result(String kind, int number, String output) {
        @Override
        public String toString() {
            return kind + " " + number + ": " + output.strip();
        }
    }

    Result start(Path root, long user, String path, String... environment) {
        List<String> command = new ArrayList<>(List.of(starter.toString(), root.toString(), Long.toString(user), path));
        command.addAll(List.of(environment));
        String output = output(command);
        Matcher result = RESULT.matcher(output);
        if (!result.find()) {
            throw new IllegalStateException("no result of " + path + ": " + output);
        }
        return new Result(result.group(1), Integer.parseInt(result.group(2)), output.substring(0, result.start()));
    }

    /** Of a command that must succeed; its standard error with it. */
    static String output(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
