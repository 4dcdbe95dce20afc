// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.program.ElfFile;

/**
 * What the diagnoser must be told.
 *
 * @param agentTgid the agent's own thread group
 * @param canaryFilename of the agent's own failing exec, exactly as given to the kernel
 * @param pageSizeBytes of the kernel
 * @param elfMachine e_machine of the node's programs, see {@link #elfMachine(String)}
 * @param reportedExits which plain exits are occurrences; all are counted
 */
public record DiagnoserSettings(
        int agentTgid, String canaryFilename, long pageSizeBytes, int elfMachine, ReportedExits reportedExits) {

    /** The e_machine of a value of the system property os.arch; 0 for one that this project is not built for. */
    public static int elfMachine(String osArch) {
        return switch (osArch) {
            case "amd64", "x86_64" -> ElfFile.EM_X86_64;
            case "aarch64", "arm64" -> ElfFile.EM_AARCH64;
            default -> 0;
        };
    }
}
