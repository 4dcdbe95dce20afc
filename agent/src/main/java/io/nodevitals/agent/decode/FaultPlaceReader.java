// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import io.nodevitals.agent.process.FaultPlace;
import io.nodevitals.agent.process.FaultPlace.State;
import io.nodevitals.bpf.event.FaultEvent;
import io.nodevitals.bpf.event.Mapping;

/** The mappings of a fault's record as values. */
final class FaultPlaceReader {
    private static final int ANY_ACCESS = Mapping.FLAG_READ | Mapping.FLAG_WRITE | Mapping.FLAG_EXECUTE;

    private FaultPlaceReader() {}

    static FaultPlace read(FaultEvent fault) {
        return new FaultPlace(
                mapping(fault.addressMapping()),
                mapping(fault.instructionMapping()),
                mapping(fault.stackMapping()),
                fault.stackLimit());
    }

    private static FaultPlace.Mapping mapping(Mapping from) {
        return switch (from.state()) {
            case Mapping.STATE_NONE -> FaultPlace.Mapping.NONE;
            case Mapping.STATE_FOUND -> found(from);
            default -> FaultPlace.Mapping.UNKNOWN;
        };
    }

    private static FaultPlace.Mapping found(Mapping from) {
        int flags = from.flags();
        return new FaultPlace.Mapping(
                State.FOUND,
                from.start(),
                from.end(),
                (flags & ANY_ACCESS) != 0,
                (flags & Mapping.FLAG_EXECUTE) != 0,
                (flags & Mapping.FLAG_STACK) != 0,
                (flags & Mapping.FLAG_HEAP) != 0,
                (flags & Mapping.FLAG_FILE) != 0 ? from.name() : null,
                from.fileOffset());
    }
}
