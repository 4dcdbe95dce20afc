// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * As much of a BPF object's .BTF section as a layout is made of: structs with their members, enums with their constants.
 *
 * <p>Format: Documentation/bpf/btf.rst and the ELF-64 specification.
 */
final class Btf {
    /** A member's place in bytes; no struct of ours has bit fields. */
    record Member(int offset, int size) {}

    /** A struct by its C name. */
    record Struct(int size, Map<String, Member> members) {}

    private static final int KIND_INT = 1;
    private static final int KIND_POINTER = 2;
    private static final int KIND_ARRAY = 3;
    private static final int KIND_STRUCT = 4;
    private static final int KIND_UNION = 5;
    private static final int KIND_ENUM = 6;
    private static final int KIND_TYPEDEF = 8;
    private static final int KIND_VOLATILE = 9;
    private static final int KIND_CONST = 10;
    private static final int KIND_RESTRICT = 11;
    private static final int KIND_FUNC_PROTO = 13;
    private static final int KIND_VAR = 14;
    private static final int KIND_DATASEC = 15;
    private static final int KIND_DECL_TAG = 17;
    private static final int KIND_ENUM64 = 19;

    private record Type(String name, int kind, int vlen, int sizeOrType, int body) {}

    private final ByteBuffer data;
    private final int strings;
    private final List<Type> types = new ArrayList<>();

    private Btf(ByteBuffer section) {
        data = section;
        if ((data.getShort(0) & 0xffff) != 0xeb9f) {
            throw new IllegalArgumentException("no BTF: magic=" + Integer.toHexString(data.getShort(0) & 0xffff));
        }
        int header = data.getInt(4);
        strings = header + data.getInt(16);
        int at = header + data.getInt(8);
        int end = at + data.getInt(12);
        types.add(new Type("void", 0, 0, 0, 0));
        while (at < end) {
            int info = data.getInt(at + 4);
            Type type =
                    new Type(string(data.getInt(at)), info >>> 24 & 0x1f, info & 0xffff, data.getInt(at + 8), at + 12);
            types.add(type);
            at += 12 + bodyLength(type);
        }
    }

    /** Reads the section of a compiled little-endian ELF-64 object. */
    static Btf read(Path object) throws IOException {
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(object)).order(ByteOrder.LITTLE_ENDIAN);
        int sections = Math.toIntExact(elf.getLong(0x28));
        int entry = elf.getShort(0x3a);
        int names = Math.toIntExact(elf.getLong(sections + elf.getShort(0x3e) * entry + 0x18));
        for (int i = 0; i < elf.getShort(0x3c); i++) {
            int section = sections + i * entry;
            if (string(elf, names + elf.getInt(section)).equals(".BTF")) {
                int offset = Math.toIntExact(elf.getLong(section + 0x18));
                int size = Math.toIntExact(elf.getLong(section + 0x20));
                return new Btf(elf.slice(offset, size).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
        throw new IllegalArgumentException("object=" + object + " has no .BTF section");
    }

    /** All named structs. */
    Map<String, Struct> structs() {
        Map<String, Struct> structs = new LinkedHashMap<>();
        for (Type type : types) {
            if (type.kind == KIND_STRUCT && !type.name.isEmpty()) {
                Map<String, Member> members = new LinkedHashMap<>();
                for (int i = 0; i < type.vlen; i++) {
                    int member = type.body + 12 * i;
                    members.put(
                            string(data.getInt(member)),
                            new Member(data.getInt(member + 8) / 8, size(data.getInt(member + 4))));
                }
                structs.put(type.name, new Struct(type.sizeOrType, members));
            }
        }
        return structs;
    }

    /** All named enums: constant to value. */
    Map<String, Map<String, Integer>> enums() {
        Map<String, Map<String, Integer>> enums = new LinkedHashMap<>();
        for (Type type : types) {
            if (type.kind == KIND_ENUM && !type.name.isEmpty()) {
                Map<String, Integer> constants = new LinkedHashMap<>();
                for (int i = 0; i < type.vlen; i++) {
                    constants.put(string(data.getInt(type.body + 8 * i)), data.getInt(type.body + 8 * i + 4));
                }
                enums.put(type.name, constants);
            }
        }
        return enums;
    }

    private int size(int id) {
        Type type = types.get(id);
        return switch (type.kind) {
            case KIND_INT, KIND_STRUCT, KIND_UNION, KIND_ENUM, KIND_ENUM64 -> type.sizeOrType;
            case KIND_POINTER -> Long.BYTES;
            case KIND_ARRAY -> size(data.getInt(type.body)) * data.getInt(type.body + 8);
            case KIND_TYPEDEF, KIND_VOLATILE, KIND_CONST, KIND_RESTRICT -> size(type.sizeOrType);
            default -> throw new IllegalArgumentException("no size: type=" + type);
        };
    }

    private static int bodyLength(Type type) {
        return switch (type.kind) {
            case KIND_INT, KIND_VAR, KIND_DECL_TAG -> 4;
            case KIND_ARRAY -> 12;
            case KIND_STRUCT, KIND_UNION, KIND_DATASEC, KIND_ENUM64 -> 12 * type.vlen;
            case KIND_ENUM, KIND_FUNC_PROTO -> 8 * type.vlen;
            default -> 0;
        };
    }

    private String string(int offset) {
        return string(data, strings + offset);
    }

    private static String string(ByteBuffer data, int offset) {
        int end = offset;
        while (data.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - offset];
        data.get(offset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
