// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.Program;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A probe as it lies in the jar: its compiled object and the ways to attach it, best first, read from the object's program names.
 * Immutable.
 */
public final class ProbeDefinition {
    private static final String METHOD_SEPARATOR = "__";

    private final String name;
    private final byte[] image;
    private final ElfObject elf;
    private final List<AttachOption> options;

    private ProbeDefinition(String name, byte[] image, ElfObject elf, List<AttachOption> options) {
        this.name = name;
        this.image = image;
        this.elf = elf;
        this.options = options;
    }

    /**
     * Reads the options from the object.
     *
     * @throws IllegalArgumentException when it is no BPF object, or a program's name is not an account's with a method
     */
    static ProbeDefinition of(String name, byte[] image) {
        ElfObject elf = ElfObject.parse(image);
        Map<AttachMethod, List<AttachOption.ProgramName>> programs = new EnumMap<>(AttachMethod.class);
        for (ElfObject.Symbol symbol : elf.programs()) {
            programs.computeIfAbsent(method(name, symbol.name()), method -> new ArrayList<>())
                    .add(new AttachOption.ProgramName(
                            symbol.name(), target(symbol.section()), account(name, symbol.name())));
        }
        List<AttachOption> options = programs.entrySet().stream()
                .map(entry -> AttachOption.of(entry.getKey(), entry.getValue()))
                .toList();
        return new ProbeDefinition(name, image, elf, options);
    }

    /** A leading question mark tells libbpf not to load a program unasked; it is no part of the place. */
    private static String target(String section) {
        return section.startsWith("?") ? section.substring(1) : section;
    }

    private static AttachMethod method(String probe, String function) {
        int separator = function.lastIndexOf(METHOD_SEPARATOR);
        String label = separator < 0 ? "" : function.substring(separator + METHOD_SEPARATOR.length());
        return AttachMethod.ofLabel(label)
                .orElseThrow(() -> new IllegalArgumentException(
                        "probe=" + probe + " program=" + function + ": the name does not end in __<attach method>"));
    }

    private static Program account(String probe, String function) {
        return Program.ofLabel(AttachOption.accountLabel(function, METHOD_SEPARATOR))
                .orElseThrow(() -> new IllegalArgumentException(
                        "probe=" + probe + " program=" + function + ": no program keeps an account of that name"));
    }

    /** Such as {@code exit}; also the object's file name without its ending. */
    public String name() {
        return name;
    }

    /** The way to attach it by a method; empty when it offers none. */
    Optional<AttachOption> option(AttachMethod method) {
        return options.stream().filter(option -> option.method() == method).findFirst();
    }

    /** Ways to attach it, best first. */
    public List<AttachOption> options() {
        return options;
    }

    /** The compiled object; not to be changed. */
    byte[] image() {
        return image;
    }

    ElfObject elf() {
        return elf;
    }
}
