// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.diagnose.Look.ByStandIn;
import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.diagnose.TargetFileReader.Caller;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.program.ElfFile;
import io.nodevitals.agent.program.Shebang;
import org.jspecify.annotations.Nullable;

/** The file of one failed exec: what the record holds of it, and what looks show. Each look is taken once, when first asked for. */
final class ProgramFile {
    private final TargetFileReader reader;
    private final ExecFailed event;
    private final Caller caller;
    private @Nullable Look look;
    private boolean usedStandIn;

    ProgramFile(TargetFileReader reader, ExecFailed event) {
        this.reader = reader;
        this.event = event;
        this.caller = new Caller(event.header().process(), event.mountNamespace());
    }

    ExecFailed event() {
        return event;
    }

    /** The file itself. */
    Look look() {
        Look taken = look;
        if (taken == null) {
            String filename = event.filename();
            if (filename == null || filename.isEmpty()) {
                taken = new Unavailable("its name could not be read");
            } else if (event.at() && !filename.startsWith("/")) {
                taken = new Unavailable("it was named relative to a descriptor of the caller");
            } else {
                taken = read(filename, 0);
            }
            look = taken;
        }
        return taken;
    }

    /** Another file in the same root. A relative interpreter starts at the caller's working directory, as exec has it. */
    Look look(String path) {
        return read(path, 0);
    }

    /** The first bytes, from the record or from a look; null when neither has them. */
    byte @Nullable [] head() {
        byte[] head = event.head();
        if (head != null) {
            return head;
        }
        return look() instanceof Contents contents ? contents.bytes() : null;
    }

    /** Why {@link #head()} is null, completing "could not be read: ". */
    String unreadable() {
        return look() instanceof Unavailable unavailable ? unavailable.reason() : "it has changed since";
    }

    /** The file as ELF, null when it is none or could not be read. */
    @Nullable
    ElfFile elf() {
        byte[] head = head();
        String filename = event.filename();
        return head == null || filename == null ? null : elf(head, filename);
    }

    /** Another file in the same root as ELF, null when it is none or could not be read. */
    @Nullable
    ElfFile elf(String path) {
        return look(path) instanceof Contents contents ? elf(contents.bytes(), path) : null;
    }

    /** Its interpreter: of a script or an ELF file, or as the record names it; null when it has none or none is known. */
    @Nullable
    String interpreter() {
        byte[] head = head();
        Shebang shebang = head == null ? null : Shebang.parse(head);
        if (shebang != null) {
            return shebang.interpreter().isEmpty() ? null : shebang.interpreter();
        }
        ElfFile elf = elf();
        return elf != null && elf.interpreter() != null ? elf.interpreter() : event.interpreter();
    }

    /** Whether some look was another process's, whose root may differ. */
    boolean usedStandIn() {
        return usedStandIn;
    }

    private Look read(String path, long offset) {
        Look seen = reader.read(caller, path, offset);
        if (seen instanceof ByStandIn standIn) {
            usedStandIn = true;
            return standIn.look();
        }
        return seen;
    }

    private @Nullable ElfFile elf(byte[] head, String path) {
        if (!ElfFile.isElf(head)) {
            return null;
        }
        boolean relativeToDescriptor = event.at() && !path.startsWith("/");
        return ElfFile.parse(head, offset -> {
            if (relativeToDescriptor) {
                return null;
            }
            Look more = read(path, offset);
            return more instanceof Contents contents ? contents.bytes() : null;
        });
    }
}
