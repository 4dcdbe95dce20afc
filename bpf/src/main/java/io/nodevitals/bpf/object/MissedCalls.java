// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.object.AttachOption.ProgramName;
import java.util.OptionalLong;

/**
 * How often the kernel skipped a program that was due, as far as it says. Which counters exist is read off the size of what the kernel
 * fills in, not off its version.
 *
 * <ul>
 *   <li>fexit, fentry: skipped while the same program runs on this CPU, since 5.12 (ca06f55b9002), and counted in
 *       {@code recursion_misses} from the same version on (9ed9e9ba2337). Before that never skipped.
 *   <li>tp_btf, raw_tp: the same since 6.1 (05b24ff9b2cf); before that never skipped.
 *   <li>tracepoint, kprobe, kretprobe, which go through a perf event: skipped while any such program runs on this CPU, and while a map
 *       is written by a system call. Counted only since 6.7 (dd8657894c11), which is the version in which a link began to tell
 *       {@code kprobe.missed} (3acf8ace6823, of the same series): where a link does not, the number is unknown.
 *   <li>kprobe, kretprobe: skipped before that while another kprobe is handled on this CPU, and when a kretprobe has no instance left.
 *       That is {@code kprobe.missed}.
 *   <li>kprobe_multi: as those of a perf event, by the same counters and since the same version; beside them, before 6.14, when no
 *       instance is left, which is {@code kprobe_multi.missed}.
 * </ul>
 */
final class MissedCalls {
    private MissedCalls() {}

    /**
     * Asks the kernel.
     *
     * @param link descriptor of the program's link
     * @param name how it is attached
     * @return empty when the kernel cannot tell
     */
    static OptionalLong read(ObjectInfo info, int program, int link, ProgramName name) {
        if (info.read(program) != 0) {
            return OptionalLong.empty();
        }
        long misses = info.hasLong(ObjectInfo.RECURSION_MISSES) ? info.getLong(ObjectInfo.RECURSION_MISSES) : 0;
        if (name.multiFunction().isPresent()) {
            return info.read(link) == 0 && info.hasLong(ObjectInfo.KPROBE_MISSED)
                    ? OptionalLong.of(misses + info.getLong(ObjectInfo.KPROBE_MULTI_MISSED))
                    : OptionalLong.empty();
        }
        if (!name.isPerfEvent()) {
            return OptionalLong.of(misses);
        }
        if (info.read(link) != 0 || !info.hasLong(ObjectInfo.KPROBE_MISSED)) {
            return OptionalLong.empty();
        }
        int type = info.getInt(ObjectInfo.PERF_EVENT_TYPE);
        boolean kprobe = type == ObjectInfo.PERF_EVENT_KPROBE || type == ObjectInfo.PERF_EVENT_KRETPROBE;
        return OptionalLong.of(kprobe ? misses + info.getLong(ObjectInfo.KPROBE_MISSED) : misses);
    }
}
