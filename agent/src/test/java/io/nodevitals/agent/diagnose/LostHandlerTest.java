// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.diagnose.HandlerLookup.MissingHandler;
import io.nodevitals.agent.diagnose.Look.ByStandIn;
import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.FileStatus;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.diagnose.Story.Who;
import io.nodevitals.agent.program.ElfImage;
import org.junit.jupiter.api.Test;

/** A program that does not start because the binfmt_misc handler that ran it does not any more. */
class LostHandlerTest {
    private static final int AARCH64 = 183;
    private static final Contents FOREIGN =
            new Contents(new ElfImage().machine(AARCH64).bytes(), new FileStatus(0100755, 0, 0, false, null));

    private final Story story = new Story();
    private final Who runc = story.fork(story.unseen(99, Story.HOST_SERVICE, "runc:[2:INIT]"), 100, Story.IN_CONTAINER);

    @Test
    void aHandlerThatWentExplainsMoreThanTheArchitecture() {
        story.missingHandler = new MissingHandler("qemu-aarch64", "/usr/bin/qemu-aarch64-static", true);
        story.files.put("/app/prog", FOREIGN);

        ExecFailure failure = fail();

        assertThat(failure.cause()).isEqualTo(ExecFailureCause.BINFMT_HANDLER_LOST);
        assertThat(failure.confidence()).isEqualTo(Confidence.CERTAIN);
        assertThat(failure.interpreter()).isEqualTo("/usr/bin/qemu-aarch64-static");
        assertThat(failure.architecture()).isEqualTo("aarch64");
        assertThat(failure.summary())
                .endsWith("could not start /app/prog: the binfmt_misc handler qemu-aarch64, by which"
                        + " /usr/bin/qemu-aarch64-static runs such programs, is no longer registered. Run 'nodevitals"
                        + " binfmt --restore' on the host.");
    }

    @Test
    void aHandlerThatIsSwitchedOffIsNotCalledGone() {
        story.missingHandler = new MissingHandler("wine", "/usr/bin/wine", false);
        story.files.put(
                "/app/prog", new Contents(new byte[] {'M', 'Z', 0, 0}, new FileStatus(0100755, 0, 0, false, null)));

        ExecFailure failure = fail();

        assertThat(failure.cause()).isEqualTo(ExecFailureCause.BINFMT_HANDLER_LOST);
        assertThat(failure.architecture()).isNull();
        assertThat(failure.summary()).contains("handler wine,").contains("is switched off.");
    }

    @Test
    void aProgramSeenThroughAnotherProcessMakesItLikely() {
        story.missingHandler = new MissingHandler("qemu-aarch64", "/usr/bin/qemu-aarch64-static", true);
        story.files.put("/app/prog", new ByStandIn(FOREIGN));

        assertThat(fail().confidence()).isEqualTo(Confidence.LIKELY);
    }

    @Test
    void nothingIsSaidOfHandlersWhenTheProgramCouldNotBeRead() {
        story.missingHandler = new MissingHandler("qemu-aarch64", "/usr/bin/qemu-aarch64-static", true);
        story.files.put("/app/prog", new Unavailable("the process had ended already"));

        assertThat(fail().cause()).isEqualTo(ExecFailureCause.UNKNOWN_FORMAT);
    }

    private ExecFailure fail() {
        story.execFails(runc, Errnos.ENOEXEC, "/app/prog");
        story.exit(runc, 1 << 8);
        return story.execFailure();
    }
}
