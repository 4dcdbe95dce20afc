// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a session is to be like.
 *
 * @param lifecycleRingBytes power of two, from 4 KiB to 512 MiB; at least a page is used
 * @param memoryRingBytes power of two, from 4 KiB to 512 MiB; at least a page is used
 * @param policy which attach methods may be tried
 * @param probes which of {@link ProbeCatalog#PROBES} to attach
 * @param constants values of the {@code const volatile} knobs in the objects' {@code .rodata}, by symbol; {@code nv_cpus} is set by
 *     the session
 * @param mapEntries sizes of maps other than as compiled, by name: so that a test can fill one
 */
public record BpfSettings(
        int lifecycleRingBytes,
        int memoryRingBytes,
        AttachPolicy policy,
        Set<String> probes,
        Map<String, Long> constants,
        Map<String, Integer> mapEntries) {
    private static final int DEFAULT_RING_BYTES = 1 << 20;
    /** Twice this must be an int: the data is mapped twice. */
    private static final int MAX_RING_BYTES = 1 << 29;

    private static final int MIN_RING_BYTES = 4096;

    public BpfSettings {
        checkRing("lifecycleRingBytes", lifecycleRingBytes);
        checkRing("memoryRingBytes", memoryRingBytes);
        for (String probe : probes) {
            if (!ProbeCatalog.PROBES.contains(probe)) {
                throw new IllegalArgumentException("probe=" + probe + " is not one of " + ProbeCatalog.PROBES);
            }
        }
        probes = Set.copyOf(probes);
        constants = Map.copyOf(constants);
        mapEntries = Map.copyOf(mapEntries);
    }

    /** Every probe, attached the best way, rings of 1 MiB, knobs as compiled. */
    public static BpfSettings defaults() {
        return new BpfSettings(
                DEFAULT_RING_BYTES,
                DEFAULT_RING_BYTES,
                AttachPolicy.auto(),
                new LinkedHashSet<>(ProbeCatalog.PROBES),
                Map.of(),
                Map.of());
    }

    /** The same with other rings. */
    public BpfSettings withRings(int lifecycleBytes, int memoryBytes) {
        return new BpfSettings(lifecycleBytes, memoryBytes, policy, probes, constants, mapEntries);
    }

    /** The kernel makes no ring smaller than a page, which is 64 KiB on some arm64 kernels. */
    BpfSettings withRingsOfAtLeast(int pageBytes) {
        return withRings(Math.max(lifecycleRingBytes, pageBytes), Math.max(memoryRingBytes, pageBytes));
    }

    /** The same with another policy. */
    public BpfSettings withPolicy(AttachPolicy other) {
        return new BpfSettings(lifecycleRingBytes, memoryRingBytes, other, probes, constants, mapEntries);
    }

    /** The same with these probes only. */
    public BpfSettings withProbes(Set<String> only) {
        return new BpfSettings(lifecycleRingBytes, memoryRingBytes, policy, only, constants, mapEntries);
    }

    /** The same with these knobs. */
    public BpfSettings withConstants(Map<String, Long> knobs) {
        return new BpfSettings(lifecycleRingBytes, memoryRingBytes, policy, probes, knobs, mapEntries);
    }

    /** The same with these sizes of maps. */
    public BpfSettings withMapEntries(Map<String, Integer> entries) {
        return new BpfSettings(lifecycleRingBytes, memoryRingBytes, policy, probes, constants, entries);
    }

    private static void checkRing(String name, int bytes) {
        if (bytes < MIN_RING_BYTES || bytes > MAX_RING_BYTES || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException(
                    name + "=" + bytes + " is not a power of two from " + MIN_RING_BYTES + " to " + MAX_RING_BYTES);
        }
    }
}
