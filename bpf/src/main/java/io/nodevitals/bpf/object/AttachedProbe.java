// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.AttachOption.ProgramName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import jnr.ffi.Pointer;

/** A loaded object and its links; closing detaches and unloads. One thread at a time. */
final class AttachedProbe implements AutoCloseable {
    /** {@code linkId} 0: the kernel keeps no link for it, only a perf event. */
    private record Link(ProgramName program, Pointer pointer, int fd, int linkId, int programFd, int programId) {}

    private final Native natives;
    private final String name;
    private final ObjectHandle object;
    private final List<Link> links = new ArrayList<>();
    private final ObjectInfo info;

    AttachedProbe(Native natives, String name, ObjectHandle object) {
        this.natives = natives;
        this.name = name;
        this.object = object;
        info = new ObjectInfo(natives);
    }

    /** Attaches a loaded program where its section says. */
    void attach(ProgramName program) {
        String function = program.function();
        Pointer pointer = natives.checkLibbpf(
                "bpf_object__find_program_by_name(" + function + ")",
                natives.libbpf().bpf_object__find_program_by_name(object.pointer(), function));
        Pointer link = program.multiFunction()
                .map(target -> KprobeMulti.attach(natives, pointer, program, target))
                .orElseGet(() -> natives.checkLibbpf(
                        "bpf_program__attach(" + function + ")",
                        natives.libbpf().bpf_program__attach(pointer)));
        int fd = natives.libbpf().bpf_link__fd(link);
        int programFd = natives.libbpf().bpf_program__fd(pointer);
        int linkId = info.read(fd) == 0 ? info.getInt(ObjectInfo.ID) : 0;
        int programId = info.read(programFd) == 0 ? info.getInt(ObjectInfo.ID) : 0;
        links.add(new Link(program, link, fd, linkId, programFd, programId));
    }

    /** Asks the kernel whether each link still holds our program. */
    List<LinkReport> checkLinks() {
        return links.stream().map(this::check).toList();
    }

    private LinkReport check(Link link) {
        if (link.linkId() == 0) {
            return report(link, LinkReport.State.UNKNOWN, "this kernel cannot be asked about perf events");
        }
        int errno = info.read(link.fd());
        if (errno != 0) {
            return report(link, LinkReport.State.LOST, "its link is gone: " + Errno.describe(errno));
        }
        int linkId = info.getInt(ObjectInfo.ID);
        int programId = info.getInt(ObjectInfo.LINK_PROGRAM_ID);
        if (linkId != link.linkId() || programId != link.programId()) {
            return report(
                    link,
                    LinkReport.State.LOST,
                    "another link is in its place: link=" + linkId + " program=" + programId + " expected link="
                            + link.linkId() + " program=" + link.programId());
        }
        return report(link, LinkReport.State.ATTACHED, "link=" + linkId + " program=" + programId);
    }

    private LinkReport report(Link link, LinkReport.State state, String reason) {
        return new LinkReport(name, link.program().function(), state, reason);
    }

    /** How often the kernel skipped each program, added to what is there; empty when it cannot tell. */
    void addMissed(Map<Program, OptionalLong> missed) {
        for (Link link : links) {
            OptionalLong calls = MissedCalls.read(info, link.programFd(), link.fd(), link.program());
            missed.merge(link.program().account(), calls, AttachedProbe::sum);
        }
    }

    private static OptionalLong sum(OptionalLong one, OptionalLong other) {
        return one.isPresent() && other.isPresent()
                ? OptionalLong.of(one.getAsLong() + other.getAsLong())
                : OptionalLong.empty();
    }

    /** Kernel ids of the programs, for tests and listings. */
    List<Integer> programIds() {
        return links.stream().map(Link::programId).toList();
    }

    /** Descriptors of the links. */
    List<Integer> linkFds() {
        return links.stream().map(Link::fd).toList();
    }

    /** Detaches every program, then unloads the object; idempotent. */
    @Override
    public void close() {
        for (Link link : links) {
            natives.libbpf().bpf_link__destroy(link.pointer());
        }
        links.clear();
        object.close();
    }
}
