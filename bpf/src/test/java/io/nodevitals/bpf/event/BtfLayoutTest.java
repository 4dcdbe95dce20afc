// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Java's copies of the record layouts against the BTF that clang wrote of the C ones, object by object. */
class BtfLayoutTest {
    private static final Path OBJECTS = Path.of("target/classes/io/nodevitals/bpf/objects");

    /** Every struct that travels, with its flyweight. */
    private static final Map<String, Class<?>> STRUCTS = Map.ofEntries(
            Map.entry("nv_event_header", EventHeader.class),
            Map.entry("nv_actor", Actor.class),
            Map.entry("nv_cgroup_path", CgroupPath.class),
            Map.entry("nv_fork_event", ForkEvent.class),
            Map.entry("nv_exec_event", ExecEvent.class),
            Map.entry("nv_exec_arguments", ExecArguments.class),
            Map.entry("nv_exec_failure_event", ExecFailureEvent.class),
            Map.entry("nv_exit_event", ExitEvent.class),
            Map.entry("nv_signal_event", SignalEvent.class),
            Map.entry("nv_fault_event", FaultEvent.class),
            Map.entry("nv_mapping", Mapping.class),
            Map.entry("nv_oom_event", OomEvent.class),
            Map.entry("nv_cgroup_event", CgroupEvent.class),
            Map.entry("nv_counters", Counters.class),
            Map.entry("nv_signal_key", SignalKey.class),
            Map.entry("nv_memory_fold_key", MemoryFoldKey.class),
            Map.entry("nv_memory_fold", MemoryFold.class),
            Map.entry("nv_lifecycle_fold_key", LifecycleFoldKey.class));

    /** Where the constants of a C enum live: class, and what stands there for the C prefix. */
    private record Constants(String cPrefix, Class<?> owner, String javaPrefix) {}

    private static final Map<String, Constants> ENUMS = Map.of(
            "nv_mapping_state", new Constants("NV_MAPPING_", Mapping.class, "STATE_"),
            "nv_mapping_flag", new Constants("NV_MAPPING_FLAG_", Mapping.class, "FLAG_"),
            "nv_event_type", new Constants("NV_EVENT_", EventType.class, ""),
            "nv_exec_flag", new Constants("NV_EXEC_", ExecFailureEvent.class, "FLAG_"),
            "nv_exit_flag", new Constants("NV_EXIT_", ExitEvent.class, "FLAG_"),
            "nv_signal_action", new Constants("NV_ACTION_", SignalEvent.class, "ACTION_"),
            "nv_oom_flag", new Constants("NV_OOM_", OomEvent.class, "FLAG_"),
            "nv_cgroup_operation", new Constants("NV_CGROUP_", CgroupEvent.class, "OPERATION_"),
            "nv_memory_fold_flag", new Constants("NV_MEMORY_FOLD_", MemoryFoldKey.class, "FLAG_"),
            "nv_lifecycle_fold_kind", new Constants("NV_FOLD_", LifecycleFoldKey.class, "KIND_"));

    private static final Map<String, Integer> FOLD_NUMBERS = Map.of(
            "NV_NUMBER_MEMORY_FOLD_ERRORS", MemoryFold.ERRORS,
            "NV_NUMBER_MEMORY_FOLD_CLASSES", MemoryFold.CLASSES,
            "NV_NUMBER_MEMORY_OVERFLOW_ERRORS", MemoryFold.OVERFLOW_ERRORS,
            "NV_NUMBER_MEMORY_OVERFLOW_SHRINK_SHIFT", MemoryFold.OVERFLOW_SHRINK_SHIFT,
            "NV_NUMBER_FOLD_DETAILS", LifecycleFoldKey.DETAILS);

    static Stream<Path> objects() {
        try (Stream<Path> files = Files.walk(OBJECTS)) {
            return files.filter(file -> file.toString().endsWith(".bpf.o")).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Path> mapsObjects() {
        return Stream.of("x86_64", "arm64").map(architecture -> OBJECTS.resolve(architecture + "/maps.bpf.o"));
    }

    @ParameterizedTest
    @MethodSource("mapsObjects")
    void theMapsObjectCarriesEveryLayout(Path object) throws IOException {
        Btf btf = Btf.read(object);
        assertThat(btf.structs()).containsKeys(STRUCTS.keySet().toArray(String[]::new));
        assertThat(btf.structs()).containsKey("nv_memory_event");
        assertThat(btf.enums()).containsKeys(ENUMS.keySet().toArray(String[]::new));
        assertThat(btf.enums()).containsKeys("nv_program", "nv_memory_call", "nv_memory_kind", "nv_layout_number");
    }

    @ParameterizedTest
    @MethodSource("objects")
    void everyOffsetAndSizeIsTheCompiledOne(Path object) throws IOException {
        Map<String, Btf.Struct> structs = Btf.read(object).structs();
        STRUCTS.forEach((name, flyweight) -> {
            Btf.Struct struct = structs.get(name);
            if (struct != null) {
                Map<String, Integer> compiled = new TreeMap<>();
                struct.members().forEach((field, member) -> {
                    if (!field.equals("reserved")) {
                        compiled.put(field.toUpperCase(Locale.ROOT) + "_OFFSET", member.offset());
                    }
                });
                compiled.put("SIZE", struct.size());
                Map<String, Integer> written = constants(flyweight);
                written.keySet().removeIf(constant -> !constant.endsWith("_OFFSET") && !constant.equals("SIZE"));
                assertThat(written).as("%s in %s", name, object).isEqualTo(compiled);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("mapsObjects")
    void everyArrayIsAsLongAsTheCompiledOne(Path object) throws IOException {
        Map<String, Btf.Struct> structs = Btf.read(object).structs();
        assertThat(size(structs, "nv_cgroup_path.ids")).isEqualTo(CgroupPath.LEVELS * Long.BYTES);
        assertThat(size(structs, "nv_cgroup_path.names")).isEqualTo(CgroupPath.LEVELS * CgroupPath.NAME_LENGTH);
        assertThat(size(structs, "nv_mapping.name")).isEqualTo(Mapping.NAME_LENGTH);
        assertThat(size(structs, "nv_cgroup_event.path")).isEqualTo(CgroupEvent.PATH_LENGTH);
        assertThat(size(structs, "nv_exec_event.filename")).isEqualTo(EventHeader.FILENAME_LENGTH);
        assertThat(size(structs, "nv_exec_arguments.text")).isEqualTo(ExecArguments.TEXT_LENGTH);
        assertThat(size(structs, "nv_exec_failure_event.filename")).isEqualTo(EventHeader.FILENAME_LENGTH);
        assertThat(size(structs, "nv_exec_failure_event.interpreter")).isEqualTo(ExecFailureEvent.INTERPRETER_LENGTH);
        assertThat(size(structs, "nv_exec_failure_event.head")).isEqualTo(ExecFailureEvent.HEAD_LENGTH);
        structs.forEach((name, struct) -> {
            if (name.startsWith("nv_") && struct.members().containsKey("comm")) {
                assertThat(size(structs, name + ".comm")).as(name).isEqualTo(EventHeader.COMM_LENGTH);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("mapsObjects")
    void everyEnumConstantIsTheCompiledOne(Path object) throws IOException {
        Map<String, Map<String, Integer>> enums = Btf.read(object).enums();
        ENUMS.forEach((name, place) -> {
            Map<String, Integer> compiled = new TreeMap<>();
            enums.get(name)
                    .forEach((constant, value) ->
                            compiled.put(place.javaPrefix + constant.substring(place.cPrefix.length()), value));
            Map<String, Integer> written = constants(place.owner);
            written.keySet()
                    .removeIf(constant -> !constant.startsWith(place.javaPrefix) || constant.endsWith("_OFFSET"));
            assertThat(written).as(name).isEqualTo(compiled);
        });
        Map<String, Integer> programs = new TreeMap<>();
        Program.ALL.forEach(program -> programs.put("NV_PROGRAM_" + program.name(), program.number()));
        programs.put("NV_PROGRAM_COUNT", Program.ALL.size());
        assertThat(enums.get("nv_program")).isEqualTo(programs);
        assertThat(Program.ALL)
                .extracting(Program::number)
                .isEqualTo(IntStream.range(0, Program.ALL.size()).boxed().toList());
    }

    @ParameterizedTest
    @MethodSource("mapsObjects")
    void theMemoryRecordIsWhatTheHeaderDescribes(Path object) throws IOException {
        Btf btf = Btf.read(object);
        assertThat(btf.structs().get("nv_memory_event"))
                .isEqualTo(new Btf.Struct(
                        40,
                        Map.of(
                                "what", new Btf.Member(0, 8),
                                "state", new Btf.Member(8, 8),
                                "cgroup_id", new Btf.Member(16, 8),
                                "start_boot_nanos", new Btf.Member(24, 8),
                                "tgid", new Btf.Member(32, 4),
                                "sequence", new Btf.Member(36, 4))));
        assertThat(btf.enums().get("nv_memory_call"))
                .isEqualTo(Map.of("NV_CALL_MMAP", 0, "NV_CALL_MUNMAP", 1, "NV_CALL_MREMAP", 2, "NV_CALL_BRK", 3));
        assertThat(btf.enums().get("nv_memory_kind"))
                .isEqualTo(Map.of(
                        "NV_KIND_HUGETLB", 0,
                        "NV_KIND_STACK", 1,
                        "NV_KIND_EXEC", 2,
                        "NV_KIND_SHARED", 3,
                        "NV_KIND_FILE", 4,
                        "NV_KIND_ANON", 5));
        assertThat(btf.enums().get("nv_layout_number"))
                .containsAllEntriesOf(Map.of(
                        "NV_NUMBER_LAYOUT_VERSION", EventHeader.LAYOUT_VERSION,
                        "NV_NUMBER_MEMORY_PAGES_BITS", 48,
                        "NV_NUMBER_MEMORY_CALL_SHIFT", 48,
                        "NV_NUMBER_MEMORY_KIND_SHIFT", 52,
                        "NV_NUMBER_MEMORY_GENERATION_SHIFT", 56,
                        "NV_NUMBER_MEMORY_VALUE_BITS", 46,
                        "NV_NUMBER_MEMORY_SHRINK_SHIFT", 46,
                        "NV_NUMBER_MEMORY_FAILED_SHIFT", 47,
                        "NV_NUMBER_MEMORY_CPU_SHIFT", 48));
    }

    /** The memory record's flyweight names its constants after the same rule. */
    @ParameterizedTest
    @MethodSource("mapsObjects")
    void theMemoryFlyweightIsTheCompiledRecord(Path object) throws IOException {
        Btf btf = Btf.read(object);
        Map<String, Integer> compiled = new TreeMap<>();
        Btf.Struct struct = btf.structs().get("nv_memory_event");
        compiled.put("SIZE_BYTES", struct.size());
        struct.members()
                .forEach((field, member) -> compiled.put(field.toUpperCase(Locale.ROOT) + "_OFFSET", member.offset()));
        for (String name : List.of("nv_memory_call", "nv_memory_kind", "nv_layout_number")) {
            btf.enums().get(name).forEach((constant, value) -> {
                if (!constant.equals("NV_NUMBER_LAYOUT_VERSION") && !FOLD_NUMBERS.containsKey(constant)) {
                    compiled.put(constant.replaceFirst("NV_(NUMBER_MEMORY_)?", ""), value);
                }
            });
        }
        assertThat(constants(MemoryEvent.class)).isEqualTo(compiled);
    }

    @ParameterizedTest
    @MethodSource("mapsObjects")
    void theFoldsNumbersAreTheCompiledOnes(Path object) throws IOException {
        Btf btf = Btf.read(object);
        assertThat(btf.enums().get("nv_layout_number")).containsAllEntriesOf(FOLD_NUMBERS);
        assertThat(size(btf.structs(), "nv_memory_fold.calls")).isEqualTo(MemoryFold.CLASSES * Integer.BYTES);
    }

    private static int size(Map<String, Btf.Struct> structs, String path) {
        String[] parts = path.split("\\.", -1);
        return structs.get(parts[0]).members().get(parts[1]).size();
    }

    private static Map<String, Integer> constants(Class<?> owner) {
        Map<String, Integer> constants = new TreeMap<>();
        for (Field field : owner.getFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
                try {
                    constants.put(field.getName(), field.getInt(null));
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return constants;
    }
}
