// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import com.sun.security.auth.module.UnixSystem;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;

/** What a kernel test needs; whoever runs it says that it was skipped, and why. */
final class KernelTest {
    private KernelTest() {}

    /** Skips the calling test, saying why, unless this process may load BPF programs into a kernel with BTF. */
    static void requireBpf() {
        AtomicReference<String> why = new AtomicReference<>();
        KernelFeatures features = KernelFeatures.detect();
        if (new UnixSystem().getUid() != 0) {
            why.set("needs root");
        } else if (features.privileges().isUnavailable()) {
            why.set(features.privileges().reason());
        } else if (features.btf().isUnavailable()) {
            why.set(features.btf().reason());
        }
        require(why.get() == null, String.valueOf(why.get()));
    }

    /** Skips the calling test, saying why, unless something holds. */
    static void require(boolean holds, String why) {
        Assumptions.assumeTrue(holds, why);
    }

    /** Whether {@code uname -r} begins with that version or a later one. */
    static boolean isAtLeast(int major, int minor) {
        String[] release = System.getProperty("os.version").split("[^0-9]+", 3);
        int ownMajor = Integer.parseInt(release[0]);
        return ownMajor > major || ownMajor == major && Integer.parseInt(release[1]) >= minor;
    }
}
