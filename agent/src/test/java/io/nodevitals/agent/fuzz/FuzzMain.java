// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.fuzz;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintStream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Fuzzes one method for a while: Jazzer takes one in a JVM. Takes the class, the method and a duration such as {@code 10s}, and wants
 * JAZZER_FUZZ=1 in its environment. Prints a line as scripts/lib/report.sh counts it; exits 0 when nothing was found, else 1. What was
 * found lies in the working directory, the inputs that are worth keeping below {@code .cifuzz-corpus} there.
 */
final class FuzzMain implements TestExecutionListener {
    /** An input that takes longer is a hang. */
    private static final String LONGEST_INPUT = "20 s";

    private final PrintStream out;
    private int passed;
    private int failed;

    private FuzzMain(PrintStream out) {
        this.out = out;
    }

    /** See the class. */
    public static void main(String[] arguments) {
        FuzzMain results = new FuzzMain(System.out);
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectMethod(arguments[0], arguments[1], "byte[]"))
                .filters(EngineFilter.includeEngines("junit-jupiter"))
                .configurationParameter("jazzer.max_duration", arguments[2])
                .configurationParameter("junit.jupiter.execution.timeout.testtemplate.method.default", LONGEST_INPUT)
                .build();
        LauncherFactory.create().execute(request, results);
        if (results.passed + results.failed == 0) {
            results.out.println("FAILED fuzz " + arguments[0] + "." + arguments[1] + ": there is no such test");
        }
        System.exit(results.failed == 0 && results.passed > 0 ? 0 : 1);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
            failed++;
            String why = result.getThrowable().map(Throwable::toString).orElse("aborted");
            out.println("FAILED fuzz " + test.getLegacyReportingName() + ": " + why.replace('\n', ' '));
            result.getThrowable().ifPresent(throwable -> throwable.printStackTrace(out));
        } else if (test.isTest()) {
            passed++;
        }
    }
}
