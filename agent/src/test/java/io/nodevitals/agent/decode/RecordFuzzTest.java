// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.bpf.event.EventHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Records of the lifecycle ring as another build, or broken memory, might leave them. */
class RecordFuzzTest {
    private static final int TYPE = 0;
    private static final int SIZE = 2;
    private static final int VERSION = 4;

    @FuzzTest
    void aRecordIsDecodedOrCounted(byte[] record) {
        List<LifecycleEvent> events = new ArrayList<>();
        LifecycleDecoder decoder = new LifecycleDecoder(4, events::add);

        feed(decoder, record);
        assertThat(decoder.decoded() + decoder.malformed() + decoder.unknown()).isOne();
        assertThat(events).hasSize((int) decoder.decoded());

        // With a header that passes, so that what lies behind it is read at all.
        if (record.length >= EventHeader.SIZE) {
            ByteBuffer header = ByteBuffer.wrap(record).order(ByteOrder.nativeOrder());
            header.putShort(TYPE, (short) (record[TYPE] & 15));
            header.putShort(SIZE, (short) record.length);
            header.put(VERSION, (byte) EventHeader.LAYOUT_VERSION);
            feed(decoder, record);
            assertThat(decoder.decoded() + decoder.malformed() + decoder.unknown())
                    .isEqualTo(2);
        }
    }

    /** At the very end of the memory: whoever reads on leaves it. */
    private static void feed(LifecycleDecoder decoder, byte[] record) {
        ByteBuffer ring = ByteBuffer.allocateDirect(record.length + 8).order(ByteOrder.nativeOrder());
        ring.position(8).put(record).clear();
        decoder.onRecord(ring, 8, record.length);
    }
}
