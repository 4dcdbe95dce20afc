// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/** A {@code struct bpf_object *}: opened from memory, closed once. One thread at a time. */
final class ObjectHandle implements AutoCloseable {
    static final String RODATA = ".rodata";
    /** {@code struct bpf_object_open_opts} of libbpf 1.0 on, as far as it is used; size_t sz comes first. */
    private static final int OBJECT_NAME = 8;

    private static final int BTF_CUSTOM_PATH = 48;
    private static final int OPTIONS_BYTES = 56;
    private static final String VMLINUX_BTF = "/sys/kernel/btf/vmlinux";

    private final Native natives;
    private final Pointer pointer;
    private boolean closed;

    private ObjectHandle(Native natives, Pointer pointer) {
        this.natives = natives;
        this.pointer = pointer;
    }

    /** In which of the kernel's types libbpf looks for those that a program names. */
    enum Types {
        /** The kernel's, and those of its modules when it has none of the name: takes CAP_SYS_ADMIN. */
        KERNEL_AND_MODULES,
        /**
         * The kernel's alone. Before 1.3, libbpf gives up with EPERM on an object that names a type of another kernel's when it may not
         * list the modules' types; told where types are, it leaves modules alone. Costs a few milliseconds per object.
         */
        KERNEL
    }

    /**
     * Parses an object; nothing is in the kernel yet.
     *
     * @throws io.nodevitals.bpf.libbpf.NativeCallException when libbpf does not understand it
     */
    static ObjectHandle open(Native natives, String name, byte[] image, Types types) {
        Pointer options = natives.allocate(OPTIONS_BYTES);
        options.putLong(0, OPTIONS_BYTES);
        Pointer nameText = text(natives, name);
        options.putPointer(OBJECT_NAME, nameText);
        Pointer btfPath = text(natives, VMLINUX_BTF);
        if (types == Types.KERNEL) {
            options.putPointer(BTF_CUSTOM_PATH, btfPath);
        }
        Pointer elf = natives.allocateUntouched(image.length);
        elf.put(0, image, 0, image.length);
        return new ObjectHandle(
                natives,
                natives.checkLibbpf(
                        "bpf_object__open_mem(" + name + ")",
                        natives.libbpf().bpf_object__open_mem(elf, image.length, options)));
    }

    private static Pointer text(Native natives, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        Pointer pointer = natives.allocate(bytes.length + 1);
        pointer.put(0, bytes, 0, bytes.length);
        return pointer;
    }

    Pointer pointer() {
        return pointer;
    }

    @Nullable
    Pointer findMap(String name) {
        return natives.libbpf().bpf_object__find_map_by_name(pointer, name);
    }

    Pointer requireMap(String name) {
        return natives.checkLibbpf("bpf_object__find_map_by_name(" + name + ")", findMap(name));
    }

    /** Sets the knobs that this object has, before load; the others are another object's. */
    void setConstants(ElfObject elf, Map<String, Long> constants) {
        Pointer rodata = findMap(RODATA);
        if (rodata == null) {
            return;
        }
        Pointer size = natives.allocate(Long.BYTES);
        Pointer content = natives.checkLibbpf(
                "bpf_map__initial_value(.rodata)", natives.libbpf().bpf_map__initial_value(rodata, size));
        long sizeBytes = size.getLong(0);
        constants.forEach((name, value) ->
                elf.variable(RODATA, name).ifPresent(symbol -> putConstant(content, sizeBytes, symbol, value)));
    }

    private static void putConstant(Pointer content, long contentBytes, ElfObject.Symbol symbol, long value) {
        if (symbol.offset() + symbol.sizeBytes() > contentBytes) {
            throw new IllegalArgumentException(
                    "constant=" + symbol.name() + " lies outside .rodata: bytes=" + contentBytes);
        }
        byte[] bytes = encode(symbol.name(), (int) symbol.sizeBytes(), value);
        content.put(symbol.offset(), bytes, 0, bytes.length);
    }

    /** A value in the width of its variable; an unsigned or a signed reading must hold it. */
    static byte[] encode(String name, int sizeBytes, long value) {
        boolean whole = sizeBytes == 1 || sizeBytes == 2 || sizeBytes == 4 || sizeBytes == 8;
        int bits = sizeBytes * Byte.SIZE;
        if (!whole || (bits < Long.SIZE && (value >= 1L << bits || value < -(1L << (bits - 1))))) {
            throw new IllegalArgumentException(
                    "constant=" + name + " value=" + value + " does not fit bytes=" + sizeBytes);
        }
        byte[] wide = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        return Arrays.copyOf(wide, sizeBytes);
    }

    /** Unloads and frees; idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            natives.libbpf().bpf_object__close(pointer);
        }
    }
}
