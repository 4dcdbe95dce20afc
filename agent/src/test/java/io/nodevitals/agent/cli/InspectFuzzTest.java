// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nodevitals.agent.binfmt.BinfmtTable;
import io.nodevitals.agent.http.JsonObject;
import io.nodevitals.agent.program.CountedFile;
import io.nodevitals.agent.program.ElfFile;
import io.nodevitals.agent.program.ElfSeeds;
import io.nodevitals.agent.program.Inspection;
import io.nodevitals.agent.program.NodeFacts;
import io.nodevitals.agent.program.ProgramInspector;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.program.RootView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A whole root whose files are the fuzzer's: a program, its loader, what configures that, and everything else that is looked for. */
class InspectFuzzTest {
    private static final NodeFacts NODE = new NodeFacts(
            ElfFile.EM_X86_64, List.of("x86-64-v3", "x86-64-v2"), true, new BinfmtTable(true, true, new TreeMap<>()));
    private static final int FILES = 4;

    static Stream<byte[]> roots() {
        byte[] library = ElfSeeds.library(true);
        byte[] cache = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.ISO_8859_1);
        return Stream.of(
                root(ElfSeeds.program("/lib64/ld-linux-x86-64.so.2", true), library, cache, library),
                root(ElfSeeds.program("/lib/ld-musl-x86_64.so.1", false), library, "/x:/y\n".getBytes(), library),
                root("#!/usr/bin/env -S sh -e\n".getBytes(), library, cache, library),
                root("#!/x/interpreter\r\n".getBytes(), library, cache, "#!/y\n".getBytes()),
                root(new byte[0], new byte[0], new byte[0], new byte[0]));
    }

    @MethodSource("roots")
    @FuzzTest(maxDuration = "10m")
    void everyRootGivesABoundedVerdictFitToBeSeen(byte[] bytes) throws IOException {
        FuzzedRoot root = new FuzzedRoot(bytes);
        Inspection inspection = new ProgramInspector(NODE, root, Caller.ROOT).inspect("/prog");

        assertThat(inspection.summary()).isNotEmpty();
        assertThat(root.looks).as("looks").isLessThan(10_000);
        assertThat(root.reads()).as("reads").isLessThan(100_000);
        List<String> lines = new ArrayList<>(InspectionText.details(inspection));
        lines.add(InspectionText.line(inspection));
        assertThat(lines).allSatisfy(line -> {
            assertThat(line.chars()).noneMatch(Character::isISOControl);
            assertThat(line).hasSizeLessThan(3000);
        });
        String json = InspectionText.json(inspection);
        assertThat(json.chars()).allMatch(c -> c >= ' ' && c < 0x7f);
        assertThat(JsonObject.parse(json).string("nodevitals.inspect.outcome"))
                .isEqualTo(inspection.outcome().wireName());
    }

    private static byte[] root(byte[]... files) {
        ByteBuffer bytes = ByteBuffer.allocate(
                Arrays.stream(files).mapToInt(file -> Short.BYTES + file.length).sum());
        for (byte[] file : files) {
            bytes.putShort((short) file.length).put(file);
        }
        return bytes.array();
    }

    /** Four files, each with its length before it; which is found behind a name is the name's matter. */
    private static final class FuzzedRoot implements RootView {
        private final CountedFile[] files = new CountedFile[FILES];
        private final int[] sizes = new int[FILES];
        private int looks;

        FuzzedRoot(byte[] bytes) {
            int at = 0;
            for (int i = 0; i < FILES; i++) {
                int length = at + 1 < bytes.length ? (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff : 0;
                int from = Math.min(at + 2, bytes.length);
                at = Math.min(from + length, bytes.length);
                files[i] = new CountedFile(Arrays.copyOfRange(bytes, from, at));
                sizes[i] = at - from;
            }
        }

        long reads() {
            return Arrays.stream(files).mapToLong(CountedFile::reads).sum();
        }

        @Override
        public Entry look(String path) {
            looks++;
            int hash = path.hashCode();
            int file = path.equals("/prog")
                    ? 0
                    : path.contains("ld") ? path.startsWith("/etc/") ? 2 : 1 : (hash & 3) == 0 ? -1 : 3;
            if (file < 0 || path.length() >= 4096) {
                return new Absent(2);
            }
            boolean directory = (hash & 0xf0) == 0x70;
            return new Present(
                    path,
                    directory ? 0040755 : 0100755,
                    0,
                    0,
                    file == 3 ? path : "file " + file,
                    sizes[file],
                    false,
                    directory ? null : files[file]);
        }

        @Override
        public void close() {}
    }
}
