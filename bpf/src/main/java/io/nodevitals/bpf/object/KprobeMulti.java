// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.AttachOption.ProgramName;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;

/**
 * Attaches to one function by a kprobe.multi link. The name goes to the kernel, which looks it up; from a section's name libbpf would
 * read all of /proc/kallsyms for each program.
 */
final class KprobeMulti {
    /** {@code struct bpf_kprobe_multi_opts} of bpf/libbpf.h as of libbpf 1.0; a later one takes the size for the version. */
    private static final int OPTIONS_BYTES = 48;

    private static final int SYMBOLS = 8;
    private static final int COUNT = 32;
    private static final int RETURN = 40;

    private KprobeMulti() {}

    /** The {@code struct bpf_link *}; libbpf keeps nothing of what it is given. */
    static Pointer attach(Native natives, Pointer program, ProgramName name, String function) {
        byte[] text = function.getBytes(StandardCharsets.US_ASCII);
        Pointer symbol = natives.allocate(text.length + 1);
        symbol.put(0, text, 0, text.length);
        Pointer symbols = natives.allocate(Long.BYTES);
        symbols.putPointer(0, symbol);
        Pointer options = natives.allocate(OPTIONS_BYTES);
        options.putLong(0, OPTIONS_BYTES);
        options.putPointer(SYMBOLS, symbols);
        options.putLong(COUNT, 1);
        options.putByte(RETURN, (byte) (name.isReturn() ? 1 : 0));
        return natives.checkLibbpf(
                "bpf_program__attach_kprobe_multi_opts(" + name.function() + ")",
                natives.libbpf().bpf_program__attach_kprobe_multi_opts(program, null, options));
    }
}
