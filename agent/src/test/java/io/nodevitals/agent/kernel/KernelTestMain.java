// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes in this JVM without Maven: scripts/vm/kernel-tests. Prints a line for each result as scripts/lib/report.sh counts
 * them, then their sum; exits 0 when all that could run passed, 1 when one failed, 3 when none could run, as when this kernel does not
 * offer the attach mode.
 */
final class KernelTestMain implements TestExecutionListener {
    private static final int PATIENCE = Integer.getInteger("nodevitals.test.patience", 1);

    private final PrintStream out;
    private int passed;
    private int failed;
    private int skipped;

    private KernelTestMain(PrintStream out) {
        this.out = out;
    }

    /** Takes the classes' full names. */
    public static void main(String[] classes) {
        KernelTestMain results = new KernelTestMain(System.out);
        String refusal = AttachOffer.refusal(AgentUnderTest.ATTACH);
        if (refusal != null) {
            results.skipMode(AgentUnderTest.ATTACH, refusal);
            System.exit(results.finish());
        }
        Awaitility.setDefaultTimeout(Duration.ofSeconds(10L * PATIENCE));
        LauncherFactory.create(LauncherConfig.builder()
                        .enableTestEngineAutoRegistration(true)
                        .build())
                .execute(request(classes), results);
        // Threads that a test has left behind must not keep the machine running.
        System.exit(results.finish());
    }

    private static LauncherDiscoveryRequest request(String[] classes) {
        return LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(classes)
                        .map(name -> selectClass(KernelTestMain.class.getClassLoader(), name))
                        .toList())
                .filters(EngineFilter.includeEngines("junit-jupiter"))
                // @Timeout means this machine's seconds; the emulated machine has a limit of its own.
                .configurationParameter("junit.jupiter.execution.timeout.mode", PATIENCE == 1 ? "enabled" : "disabled")
                .build();
    }

    private int finish() {
        if (passed + failed + skipped == 0) {
            failed++;
            out.println("FAILED kernel tests: none was found");
        }
        out.println(passed + " passed, " + failed + " failed, " + skipped + " skipped");
        if (failed > 0) {
            return 1;
        }
        return passed > 0 ? 0 : 3;
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        skip(test, reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        switch (result.getStatus()) {
            case SUCCESSFUL -> {
                if (test.isTest()) {
                    passed++;
                    out.println("PASSED " + name(test));
                }
            }
            case ABORTED ->
                skip(test, result.getThrowable().map(Throwable::getMessage).orElse("aborted"));
            case FAILED -> {
                failed++;
                String reason = result.getThrowable().map(Throwable::toString).orElse("no reason given");
                out.println("FAILED " + name(test) + ": " + line(reason));
                result.getThrowable().ifPresent(KernelTestMain.this::explain);
            }
        }
    }

    private void skipMode(String mode, String reason) {
        skipped++;
        out.println("SKIPPED attach=" + mode + ": not offered by this kernel: " + line(reason));
    }

    private void skip(TestIdentifier test, String reason) {
        skipped++;
        out.println("SKIPPED " + name(test) + ": " + line(reason).replaceFirst("^Assumption failed: ", ""));
    }

    /** The whole message and our own frames, set in, so that no line of it looks like a result. */
    private void explain(Throwable failure) {
        String.valueOf(failure).lines().forEach(text -> out.println("    " + text));
        List<StackTraceElement> ours = Arrays.stream(failure.getStackTrace())
                .filter(frame -> frame.getClassName().startsWith("io.nodevitals."))
                .toList();
        ours.forEach(frame -> out.println("        at " + frame));
        if (failure.getCause() != null) {
            explain(failure.getCause());
        }
    }

    private static String name(TestIdentifier test) {
        TestSource source = test.getSource().orElse(null);
        if (source instanceof MethodSource method) {
            return simple(method.getClassName()) + "." + method.getMethodName();
        }
        return source instanceof ClassSource type ? simple(type.getClassName()) : test.getDisplayName();
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }

    private static String line(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }
}
