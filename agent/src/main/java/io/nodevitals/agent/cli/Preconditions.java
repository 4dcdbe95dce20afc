// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

/** What must be there before probes are tried. */
final class Preconditions {

    private Preconditions() {}

    static void require(HostFacts host) throws CommandFailure {
        HostFacts.Check problem = host.firstProblem();
        if (problem != null && problem.problem() != null) {
            throw new CommandFailure(ExitCode.FOUND_PROBLEM, problem.problem(), null);
        }
    }
}
