// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.EnumSet;
import java.util.Set;

/** The capabilities that the probes may need: {@code include/uapi/linux/capability.h}. */
public enum Capability {
    CAP_DAC_READ_SEARCH(2),
    CAP_SYS_PTRACE(19),
    CAP_SYS_ADMIN(21),
    CAP_SYS_RESOURCE(24),
    CAP_PERFMON(38),
    CAP_BPF(39);

    private final int bit;

    Capability(int bit) {
        this.bit = bit;
    }

    /** Those of a mask such as CapEff in /proc/self/status. */
    static Set<Capability> ofMask(long mask) {
        Set<Capability> held = EnumSet.noneOf(Capability.class);
        for (Capability capability : values()) {
            if ((mask >>> capability.bit & 1) != 0) {
                held.add(capability);
            }
        }
        return held;
    }

    /** Those that loading a tracing program takes and that are not held; CAP_SYS_ADMIN stands for both. */
    static Set<Capability> missingForTracing(Set<Capability> held) {
        Set<Capability> missing = EnumSet.noneOf(Capability.class);
        if (!held.contains(CAP_SYS_ADMIN)) {
            missing.addAll(EnumSet.of(CAP_BPF, CAP_PERFMON));
            missing.removeAll(held);
        }
        return missing;
    }
}
