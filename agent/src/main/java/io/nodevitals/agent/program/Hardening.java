// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.ElfFile.Segment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How an ELF program was built to resist attacks.
 *
 * @param positionIndependent ET_DYN
 * @param relro "none", "partial" (PT_GNU_RELRO) or "full" (and bound before it starts)
 * @param stackExecutable PT_GNU_STACK is absent or asks for it
 * @param stackCanary __stack_chk_fail or __stack_chk_guard is among its dynamic symbols; null for a static program, which has none
 * @param goBuildId of a Go program's PT_NOTE; null when it has none
 */
public record Hardening(
        boolean positionIndependent,
        String relro,
        boolean stackExecutable,
        @Nullable Boolean stackCanary,
        @Nullable String goBuildId) {
    private static final int PT_NOTE = 4;
    private static final int PT_GNU_STACK = 0x6474e551;
    private static final int PT_GNU_RELRO = 0x6474e552;
    private static final int PF_X = 1;
    private static final int NT_GO_BUILD_ID = 4;
    private static final int MAX_NOTES = 4096;

    static Hardening of(ElfFile elf, @Nullable SharedObject dynamic, FileBytes file) throws BrokenElfException {
        boolean relro = false;
        boolean executable = true;
        String goBuildId = null;
        for (Segment segment : elf.segments()) {
            if (segment.type() == PT_GNU_RELRO) {
                relro = true;
            } else if (segment.type() == PT_GNU_STACK) {
                executable = (segment.flags() & PF_X) != 0;
            } else if (segment.type() == PT_NOTE && goBuildId == null) {
                goBuildId = goBuildId(elf, file.read(segment.offset(), (int) Math.min(segment.fileSize(), MAX_NOTES)));
            }
        }
        boolean now = dynamic == null || dynamic.bindNow();
        return new Hardening(
                elf.type() == ElfFile.ET_DYN,
                relro ? now ? "full" : "partial" : "none",
                executable,
                canary(dynamic),
                goBuildId);
    }

    private static @Nullable Boolean canary(@Nullable SharedObject dynamic) {
        if (dynamic == null) {
            return null;
        }
        return dynamic.wantedAtStart().stream().anyMatch(Hardening::isCanary)
                || dynamic.wantedLater().stream().anyMatch(Hardening::isCanary);
    }

    private static boolean isCanary(String symbol) {
        return symbol.equals("__stack_chk_fail") || symbol.equals("__stack_chk_guard");
    }

    private static @Nullable String goBuildId(ElfFile elf, byte[] notes) {
        ByteBuffer note =
                ByteBuffer.wrap(notes).order(elf.littleEndian() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long at = 0;
        while (at + 12 <= notes.length) {
            long nameSize = Integer.toUnsignedLong(note.getInt((int) at));
            long size = Integer.toUnsignedLong(note.getInt((int) at + 4));
            long description = at + 12 + (nameSize + 3) / 4 * 4;
            if (description + size > notes.length) {
                return null;
            }
            boolean go =
                    nameSize == 4 && FileBytes.stringAt(notes, (int) at + 12).equals("Go");
            if (go && note.getInt((int) at + 8) == NT_GO_BUILD_ID) {
                return new String(notes, (int) description, (int) size, StandardCharsets.ISO_8859_1);
            }
            at = description + (size + 3) / 4 * 4;
        }
        return null;
    }
}
