// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ShebangTest {

    static Stream<Arguments> lines() {
        return Stream.of(
                Arguments.of("#!/bin/sh\necho", "/bin/sh", null, false),
                Arguments.of("#! \t/bin/sh \t\n", "/bin/sh", null, false),
                Arguments.of("#!/bin/sh -eu -x\n", "/bin/sh", "-eu -x", false),
                Arguments.of("#!/bin/sh", "/bin/sh", null, false),
                Arguments.of("#!/bin/sh\r\necho\r\n", "/bin/sh\r", null, true),
                Arguments.of("#!/usr/bin/env bash\r\n", "/usr/bin/env", "bash\r", true),
                Arguments.of("#!/bin/sh\0-x\n", "/bin/sh", null, false),
                Arguments.of("#!\n/bin/sh", "", null, false),
                Arguments.of("#!", "", null, false));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void theFirstLineIsReadAsTheKernelDoes(String file, String interpreter, String argument, boolean carriageReturn) {
        Shebang shebang = Shebang.parse(file.getBytes(StandardCharsets.ISO_8859_1));

        assertThat(shebang).isEqualTo(new Shebang(interpreter, argument));
        assertThat(shebang.endsInCarriageReturn()).isEqualTo(carriageReturn);
    }

    @Test
    void whatDoesNotBeginWithTheTwoBytesIsNoScript() {
        assertThat(Shebang.parse(" #!/bin/sh".getBytes(StandardCharsets.ISO_8859_1)))
                .isNull();
        assertThat(Shebang.parse(new byte[] {'#'})).isNull();
        assertThat(Shebang.parse(new byte[0])).isNull();
    }

    @Property
    void anyLineGivesABoundedInterpreterWithoutBlanks(@ForAll byte[] rest) {
        byte[] head = new byte[rest.length + 2];
        head[0] = '#';
        head[1] = '!';
        System.arraycopy(rest, 0, head, 2, rest.length);
        Shebang shebang = Shebang.parse(head);

        assertThat(shebang.interpreter()).doesNotContain(" ", "\t", "\n", "\0").hasSizeLessThan(255);
    }
}
