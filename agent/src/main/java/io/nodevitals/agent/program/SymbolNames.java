// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.util.Arrays;
import java.util.List;

/**
 * A set of symbol names that can say whether a name is in it, and no more: it keeps 64 bits of each (FNV-1a), a tenth of what the names
 * would take. Immutable.
 */
final class SymbolNames {
    static final SymbolNames NONE = new SymbolNames(new long[0]);

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final long[] hashes;

    private SymbolNames(long[] hashes) {
        this.hashes = hashes;
    }

    /** Takes the array: it becomes this set's. */
    static SymbolNames of(long[] hashes) {
        Arrays.sort(hashes);
        return new SymbolNames(hashes);
    }

    /** All that any of them has. */
    static SymbolNames union(List<SymbolNames> sets) {
        long[] all = new long[sets.stream().mapToInt(SymbolNames::size).sum()];
        int at = 0;
        for (SymbolNames set : sets) {
            System.arraycopy(set.hashes, 0, all, at, set.hashes.length);
            at += set.hashes.length;
        }
        return of(all);
    }

    boolean contains(String name) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < name.length(); i++) {
            hash = next(hash, name.charAt(i));
        }
        return Arrays.binarySearch(hashes, hash) >= 0;
    }

    int size() {
        return hashes.length;
    }

    /** The hash of the name that ends at an index. */
    static long hash(byte[] strings, int from, int end) {
        long hash = FNV_OFFSET;
        for (int i = from; i < end; i++) {
            hash = next(hash, strings[i] & 0xff);
        }
        return hash;
    }

    private static long next(long hash, int character) {
        return (hash ^ character) * FNV_PRIME;
    }
}
