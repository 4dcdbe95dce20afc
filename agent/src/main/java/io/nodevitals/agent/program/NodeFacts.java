// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.binfmt.BinfmtReader;
import io.nodevitals.agent.binfmt.BinfmtTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a node can run.
 *
 * @param machine {@code e_machine} of its CPU; 0 when unknown
 * @param levels glibc-hwcaps subdirectories that its CPU qualifies for, best first
 * @param narrow whether its kernel loads 32-bit programs of the same family
 * @param binfmt its binfmt_misc handlers; the newest, which the kernel asks first, is not known from their files
 */
public record NodeFacts(int machine, List<String> levels, boolean narrow, BinfmtTable binfmt) {
    private static final int EM_ARM = 40;

    // Feature names of /proc/cpuinfo for the levels of the x86-64 psABI; lahf_lm and abm are LAHF-SAHF and LZCNT.
    private static final Set<String> V2 = Set.of("cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3");
    private static final Set<String> V3 = Set.of("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave");
    private static final Set<String> V4 = Set.of("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl");

    /**
     * Of this node.
     *
     * @param proc where its proc file system is
     * @param architecture as the system property os.arch has it
     */
    public static NodeFacts read(Path proc, String architecture) {
        int machine = switch (architecture) {
            case "amd64", "x86_64" -> ElfFile.EM_X86_64;
            case "aarch64", "arm64" -> ElfFile.EM_AARCH64;
            default -> 0;
        };
        // IA32_EMULATION has this file, also where a boot parameter switches it off; arm64 shows nothing of COMPAT,
        // which is usual.
        boolean narrow = machine != ElfFile.EM_X86_64 || Files.exists(proc.resolve("sys/abi/vsyscall32"));
        List<String> levels = machine == ElfFile.EM_X86_64 ? levels(text(proc.resolve("cpuinfo"))) : List.of();
        return new NodeFacts(machine, levels, narrow, handlers(proc));
    }

    /** Whether its kernel loads such programs by itself, x32 taken as off; true when its CPU is unknown. */
    public boolean runs(ElfFile elf) {
        if (machine == 0) {
            return true;
        }
        boolean sameFamily = (machine == ElfFile.EM_X86_64 && elf.machine() == ElfFile.EM_386)
                || (machine == ElfFile.EM_AARCH64 && elf.machine() == EM_ARM);
        return elf.littleEndian() && (elf.wide() ? elf.machine() == machine : narrow && sameFamily);
    }

    static List<String> levels(String cpuinfo) {
        Set<String> flags = Set.of();
        for (String line : cpuinfo.split("\n", -1)) {
            if (line.startsWith("flags")) {
                flags = Set.copyOf(
                        List.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+", -1)));
                break;
            }
        }
        List<String> levels = new ArrayList<>();
        if (flags.containsAll(V2)) {
            levels.add(0, "x86-64-v2");
            if (flags.containsAll(V3)) {
                levels.add(0, "x86-64-v3");
                if (flags.containsAll(V4)) {
                    levels.add(0, "x86-64-v4");
                }
            }
        }
        return List.copyOf(levels);
    }

    /** The handlers that the kernel may ask: none while binfmt_misc as a whole is switched off. */
    public Collection<BinfmtHandler> handlers() {
        return binfmt.enabled() ? binfmt.handlers().values() : List.of();
    }

    // Where the module is not loaded no handler can be; where it is and its files are out of sight, there may be some.
    private static BinfmtTable handlers(Path proc) {
        try {
            BinfmtTable table = BinfmtReader.below(proc).read();
            String fileSystems = text(proc.resolve("filesystems"));
            return table.mounted() || fileSystems.isEmpty() || fileSystems.contains("\tbinfmt_misc\n")
                    ? table
                    : new BinfmtTable(true, false, new TreeMap<>());
        } catch (IOException unreadable) {
            return BinfmtTable.UNKNOWN;
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException absent) {
            return "";
        }
    }
}
