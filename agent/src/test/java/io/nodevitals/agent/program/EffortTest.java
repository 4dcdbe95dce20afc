// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.binfmt.BinfmtTable;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs whose libraries cost whoever looks for them as much as can be. */
class EffortTest {
    private static final String GLIBC = "/lib64/ld-linux-x86-64.so.2";
    private static final String MUSL = "/lib/ld-musl-x86_64.so.1";
    private static final NodeFacts NODE = new NodeFacts(
            ElfFile.EM_X86_64, List.of("x86-64-v3", "x86-64-v2"), true, new BinfmtTable(true, true, new TreeMap<>()));

    private final Map<String, byte[]> files = new HashMap<>();
    private UnaryOperator<String> whereItIs = UnaryOperator.identity();
    private int looks;
    private long longest;

    @ParameterizedTest
    @ValueSource(strings = {GLIBC, MUSL})
    void aThousandLibrariesInAThousandDirectoriesAreNotAllLookedFor(String loader) {
        files.put("/prog", ElfSeeds.program(loader, 1000, "/d:".repeat(2000)));
        files.put(loader, ElfSeeds.library(true));

        Inspection found = inspect();

        assertThat(found.cause()).isEqualTo(StartCause.LIBRARY_MISSING);
        assertThat(looks).isBetween(100_000, Effort.MAX_STEPS);
        assertThat(found.evidence()).hasSizeLessThan(LinkedProgram.MAX_EVIDENCE + 20);
    }

    /** Three million characters that stand for two thousand million. */
    @ParameterizedTest
    @ValueSource(strings = {GLIBC, MUSL})
    void anOriginThatGrowsIsNotWrittenOut(String loader) {
        whereItIs = path -> path.equals("/prog") ? "/" + "deep/".repeat(800) + "prog" : path;
        files.put("/prog", ElfSeeds.program(loader, 1, "$ORIGIN".repeat(400_000)));
        files.put(loader, ElfSeeds.library(true));

        assertThat(inspect().cause()).isEqualTo(StartCause.LIBRARY_MISSING);
        assertThat(longest).isLessThan(4 << 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {GLIBC, MUSL})
    void aSearchThatIsCutShortIsCalledNeitherFineNorMissing(String loader) {
        // All of them are there; going through four million characters for each is what costs too much.
        files.put("/prog", ElfSeeds.program(loader, 1000, "/d:" + "x".repeat(4_000_000)));
        files.put(loader, ElfSeeds.library(true));
        for (int i = 0; i < 1000; i++) {
            files.put("/d/liba" + i + ".so", files.get(loader));
        }

        assertThat(inspect().outcome()).isEqualTo(Outcome.UNCHECKED);
        assertThat(looks).isLessThan(500);
    }

    private Inspection inspect() {
        return new ProgramInspector(NODE, new CountingRoot(), Caller.ROOT).inspect("/prog");
    }

    private final class CountingRoot implements RootView {
        @Override
        public Entry look(String path) {
            looks++;
            longest = Math.max(longest, path.length());
            byte[] file = files.get(path);
            return file == null
                    ? new Absent(2)
                    : new Present(
                            whereItIs.apply(path), 0100755, 0, 0, path, file.length, false, new CountedFile(file));
        }

        @Override
        public void close() {}
    }
}
