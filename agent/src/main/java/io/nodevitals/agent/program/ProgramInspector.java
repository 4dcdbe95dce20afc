// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

/**
 * Says whether a program would start, by reading what exec and its loader would read (execve(2), fs/exec.c, fs/binfmt_elf.c,
 * fs/binfmt_script.c, ld.so(8)). Nothing is run. Libraries are kept between calls, so one inspector may look at a whole image as long
 * as it does not change. Any one thread may call.
 */
public final class ProgramInspector {
    private final NodeFacts node;
    private final RootView root;
    private final Caller caller;
    private final Libraries libraries;

    /**
     * Who would start it.
     *
     * @param path its PATH, for scripts that go by way of env
     */
    public record Caller(long userId, long groupId, String path) {
        /** Root, with the PATH that container runtimes set. */
        public static final Caller ROOT =
                new Caller(0, 0, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }

    /** An inspector of programs in one root. */
    public ProgramInspector(NodeFacts node, RootView root, Caller caller) {
        this.node = node;
        this.root = root;
        this.caller = caller;
        this.libraries = new Libraries(root);
    }

    /**
     * Looks at one program.
     *
     * @param path inside the root, raw Latin-1 chars; a relative one starts at the root
     */
    public Inspection inspect(String path) {
        Findings findings = new Findings(path);
        ElfStart elf = new ElfStart(root, libraries, node, new ExecPermission(root, caller), findings);
        return new ExecChain(root, node, caller, elf, findings).execute(path);
    }
}
