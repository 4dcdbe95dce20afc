// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the dynamic section of a program or library says to its loader. All names are raw Latin-1 chars.
 *
 * @param needed DT_NEEDED, in order
 * @param rpath DT_RPATH
 * @param runpath DT_RUNPATH
 * @param bindNow all symbols are resolved before it starts (DF_BIND_NOW or DF_1_NOW)
 * @param noDefaultLibraries DF_1_NODEFLIB: neither the cache nor the default directories are searched
 * @param positionIndependentProgram DF_1_PIE
 * @param versionsNeeded of DT_VERNEED
 * @param versionsDefined of DT_VERDEF; null when the table is absent
 * @param defined the dynamic symbols that others can use
 * @param wantedAtStart names of undefined strong symbols that a relocation needs before the program starts, lazy binding respected
 * @param wantedLater names of undefined strong symbols needed by lazily bound calls alone
 */
record SharedObject(
        List<String> needed,
        @Nullable String soname,
        @Nullable String rpath,
        @Nullable String runpath,
        boolean bindNow,
        boolean noDefaultLibraries,
        boolean positionIndependentProgram,
        List<VersionNeed> versionsNeeded,
        @Nullable Set<String> versionsDefined,
        SymbolNames defined,
        List<String> wantedAtStart,
        List<String> wantedLater) {

    /** Says nothing: of a file without a dynamic section. */
    static final SharedObject EMPTY = new SharedObject(
            List.of(), null, null, null, false, false, false, List.of(), null, SymbolNames.NONE, List.of(), List.of());

    /**
     * A symbol version that must be offered.
     *
     * @param library DT_NEEDED name of the library that should offer it
     * @param version such as GLIBC_2.34
     * @param weak its absence is no error (VER_FLG_WEAK)
     */
    record VersionNeed(String library, String version, boolean weak) {}

    /** Roughly what it costs to keep, in bytes. */
    long weight() {
        long weight = 1024 + 8L * defined.size() + weight(soname) + weight(rpath) + weight(runpath);
        for (VersionNeed need : versionsNeeded) {
            weight += weight(need.library()) + weight(need.version());
        }
        return weight
                + weight(needed)
                + weight(wantedAtStart)
                + weight(wantedLater)
                + (versionsDefined == null ? 0 : weight(versionsDefined));
    }

    private static long weight(Collection<String> names) {
        return names.stream().mapToLong(SharedObject::weight).sum();
    }

    private static long weight(@Nullable String name) {
        return name == null ? 0 : 64L + name.length();
    }
}
