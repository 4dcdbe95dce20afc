// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Signals.SIGABRT;
import static io.nodevitals.agent.diagnose.Signals.SIGSEGV;
import static io.nodevitals.agent.diagnose.Signals.SI_TKILL;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.diagnose.Story.Who;
import org.junit.jupiter.api.Test;

/** Ends of programs whose own handler took a fault first. */
class HandledFaultTest {
    private final Story story = new Story();
    private final Who app = story.run(4242, Story.IN_CONTAINER, "/usr/bin/app");

    @Test
    void aHandlerThatRaisesTheSignalAgainAfterARealFaultIsASegfault() {
        story.signal(app, app, SIGSEGV, SI_TKILL);
        story.deliverAfter(app, SIGSEGV, SIGSEGV, 1, 16, 200 * Story.MS);
        story.exit(app, SIGSEGV);

        Termination end = story.termination();
        assertThat(end.cause()).isEqualTo(TerminationCause.SEGFAULT);
        assertThat(end.confidence()).isEqualTo(Confidence.LIKELY);
        assertThat(end.fault().address()).isEqualTo(16);
        assertThat(end.summary())
                .contains("it read address 0x10 (a null pointer)")
                .contains("its own handler took that, and raised the signal again 200 ms later");
    }

    @Test
    void aRaiseLongAfterAHandledFaultIsKilledBySelf() {
        story.signal(app, app, SIGSEGV, SI_TKILL);
        story.deliverAfter(app, SIGSEGV, SIGSEGV, 1, 16, 3_600_000 * Story.MS);
        story.exit(app, SIGSEGV);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.KILLED);
        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.SELF);
        assertThat(story.termination().fault()).isNull();
    }

    @Test
    void anAbortAfterAHandledFaultNamesTheFault() {
        story.signal(app, app, SIGABRT, SI_TKILL);
        story.deliverAfter(app, SIGABRT, SIGSEGV, 1, 16, 200 * Story.MS);
        story.exit(app, SIGABRT);

        Termination end = story.termination();
        assertThat(end.cause()).isEqualTo(TerminationCause.ABORT);
        assertThat(end.fault().signal()).isEqualTo(SIGSEGV);
        assertThat(end.summary())
                .contains("200 ms after its own handler had taken a SIGSEGV: it read address 0x10 (a null pointer)");
    }

    @Test
    void aHandledFaultHasNothingToDoWithASignalOfSomebodyElse() {
        Who other = story.run(4300, Story.HOST_SERVICE, "/usr/bin/stop");
        story.signal(other, app, SIGSEGV, SI_TKILL);
        story.deliverAfter(app, SIGSEGV, SIGSEGV, 1, 16, 200 * Story.MS);
        story.exit(app, SIGSEGV);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.KILLED);
        assertThat(story.termination().fault()).isNull();
    }
}
