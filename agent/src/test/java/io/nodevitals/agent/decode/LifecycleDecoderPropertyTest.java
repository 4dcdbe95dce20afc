// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.event.EventHeader;
import io.nodevitals.bpf.event.Program;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class LifecycleDecoderPropertyTest {
    private static final int CPUS = 8;

    @Property
    void everyRecordOfAnyBytesIsAccountedForOnce(@ForAll @Size(max = 2048) byte[] bytes) {
        assertCountedOnce(bytes, bytes.length);
    }

    /** With a header that passes every check, the content is as wild as before. */
    @Property
    void everyRecordBehindASoundHeaderIsAccountedForOnce(
            @ForAll("wild") byte[] bytes,
            @ForAll @IntRange(max = 10) int type,
            @ForAll @IntRange(max = 20) int program,
            @ForAll @IntRange(max = CPUS) int cpu,
            @ForAll int sequence) {
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        data.putShort(EventHeader.TYPE_OFFSET, (short) type);
        data.putShort(EventHeader.SIZE_OFFSET, (short) bytes.length);
        data.put(EventHeader.VERSION_OFFSET, (byte) EventHeader.LAYOUT_VERSION);
        data.put(EventHeader.PROGRAM_OFFSET, (byte) program);
        data.putShort(EventHeader.CPU_OFFSET, (short) cpu);
        data.putInt(EventHeader.SEQUENCE_OFFSET, sequence);
        LifecycleDecoder decoder = assertCountedOnce(bytes, bytes.length);
        boolean covered = program < Program.ALL.size() && cpu < CPUS;
        if (covered) {
            assertThat(decoder.consumed(Program.ALL.get(program), cpu)).isOne();
        }
    }

    @Provide
    Arbitrary<byte[]> wild() {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofMinSize(EventHeader.SIZE)
                .ofMaxSize(1600);
    }

    private static LifecycleDecoder assertCountedOnce(byte[] bytes, int length) {
        AtomicLong accepted = new AtomicLong();
        LifecycleDecoder decoder = new LifecycleDecoder(CPUS, event -> {
            // Values are read here, too: nothing may be left to fail later.
            assertThat(event.toString()).isNotEmpty();
            accepted.incrementAndGet();
        });
        decoder.onRecord(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()), 0, length);
        assertThat(decoder.decoded()).isEqualTo(accepted.get());
        assertThat(decoder.decoded() + decoder.malformed() + decoder.unknown()).isOne();
        return decoder;
    }
}
