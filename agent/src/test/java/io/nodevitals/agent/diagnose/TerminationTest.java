// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Signals.SIGABRT;
import static io.nodevitals.agent.diagnose.Signals.SIGBUS;
import static io.nodevitals.agent.diagnose.Signals.SIGFPE;
import static io.nodevitals.agent.diagnose.Signals.SIGILL;
import static io.nodevitals.agent.diagnose.Signals.SIGKILL;
import static io.nodevitals.agent.diagnose.Signals.SIGPIPE;
import static io.nodevitals.agent.diagnose.Signals.SIGSEGV;
import static io.nodevitals.agent.diagnose.Signals.SIGSYS;
import static io.nodevitals.agent.diagnose.Signals.SIGTERM;
import static io.nodevitals.agent.diagnose.Signals.SIGTRAP;
import static io.nodevitals.agent.diagnose.Signals.SIGXCPU;
import static io.nodevitals.agent.diagnose.Signals.SIGXFSZ;
import static io.nodevitals.agent.diagnose.Signals.SI_KERNEL;
import static io.nodevitals.agent.diagnose.Signals.SI_TKILL;
import static io.nodevitals.agent.diagnose.Signals.SI_USER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.nodevitals.agent.diagnose.Fault.Access;
import io.nodevitals.agent.diagnose.LifecycleTotals.SignalKey;
import io.nodevitals.agent.diagnose.LifecycleTotals.TerminationKey;
import io.nodevitals.agent.diagnose.Story.Who;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TerminationTest {
    private final Story story = new Story();
    private final Who app = story.run(4242, Story.IN_CONTAINER, "/usr/bin/app");

    static Stream<Arguments> oneSignalToItself() {
        return Stream.of(
                arguments(SIGSEGV, 1, 139, TerminationCause.SEGFAULT, Confidence.CERTAIN, null),
                arguments(SIGSEGV, 2, 139, TerminationCause.SEGFAULT, Confidence.CERTAIN, null),
                arguments(SIGSEGV, SI_KERNEL, 139, TerminationCause.SEGFAULT, Confidence.CERTAIN, null),
                arguments(SIGSEGV, SI_TKILL, 139, TerminationCause.KILLED, Confidence.CERTAIN, SenderClass.SELF),
                arguments(SIGSEGV, SI_USER, 139, TerminationCause.KILLED, Confidence.CERTAIN, SenderClass.SELF),
                arguments(SIGBUS, 2, 135, TerminationCause.BUS_ERROR, Confidence.CERTAIN, null),
                arguments(SIGILL, 2, 132, TerminationCause.ILLEGAL_INSTRUCTION, Confidence.CERTAIN, null),
                arguments(SIGFPE, 1, 136, TerminationCause.ARITHMETIC_FAULT, Confidence.CERTAIN, null),
                arguments(SIGFPE, SI_TKILL, 136, TerminationCause.KILLED, Confidence.CERTAIN, SenderClass.SELF),
                arguments(SIGTRAP, SI_KERNEL, 133, TerminationCause.KILLED, Confidence.CERTAIN, SenderClass.KERNEL),
                arguments(SIGABRT, SI_TKILL, 134, TerminationCause.ABORT, Confidence.CERTAIN, SenderClass.SELF),
                arguments(SIGSYS, 1, 159, TerminationCause.SECCOMP, Confidence.CERTAIN, null),
                arguments(SIGSYS, SI_USER, 159, TerminationCause.KILLED, Confidence.CERTAIN, SenderClass.SELF),
                arguments(
                        SIGXCPU,
                        SI_KERNEL,
                        152,
                        TerminationCause.RESOURCE_LIMIT,
                        Confidence.CERTAIN,
                        SenderClass.KERNEL),
                arguments(
                        SIGXFSZ, SI_USER, 153, TerminationCause.RESOURCE_LIMIT, Confidence.LIKELY, SenderClass.KERNEL),
                arguments(SIGXFSZ, SI_TKILL, 153, TerminationCause.KILLED, Confidence.CERTAIN, SenderClass.SELF),
                arguments(SIGPIPE, SI_USER, 141, TerminationCause.KILLED, Confidence.CERTAIN, SenderClass.KERNEL),
                arguments(SIGPIPE, SI_TKILL, 141, TerminationCause.KILLED, Confidence.CERTAIN, SenderClass.SELF),
                arguments(SIGTERM, SI_USER, 143, TerminationCause.KILLED, Confidence.CERTAIN, SenderClass.SELF));
    }

    @ParameterizedTest
    @MethodSource("oneSignalToItself")
    void aSignalWhileItRunsItselfHasTheCauseOfItsCode(
            int signal, int code, int exitCode, TerminationCause cause, Confidence confidence, SenderClass sender) {
        story.signal(app, app, signal, code);
        story.deliver(app, signal, code, 0, 0x1000_0000L);
        story.exit(app, signal);

        Termination end = story.termination();
        assertThat(end.cause()).isEqualTo(cause);
        assertThat(end.confidence()).isEqualTo(confidence);
        assertThat(end.exitCode()).isEqualTo(exitCode);
        assertThat(end.signal()).isEqualTo(signal);
        assertThat(end.signalCode()).isEqualTo(code);
        assertThat(end.phase()).isEqualTo(Phase.RUNNING);
        assertThat(end.sender() == null ? null : end.sender().senderClass()).isEqualTo(sender);
        assertThat(end.subject().workload()).isEqualTo(Story.CONTAINER);
        assertThat(end.subject().executableName()).isEqualTo("app");
        assertThat(end.subject().executablePath()).isEqualTo("/usr/bin/app");
        assertThat(end.subject().parent()).isEqualTo(app.parent.id());
        TerminationKey series = new TerminationKey(cause, Phase.RUNNING, Signals.name(signal), sender, exitCode);
        assertThat(story.totals(Story.CONTAINER).terminations().series()).containsExactly(Map.entry(series, 1L));
        assertThat(story.totals(Story.CONTAINER).signals().series())
                .containsExactly(Map.entry(new SignalKey(Signals.name(signal), SignalAction.FATAL), 1L));
    }

    @ParameterizedTest
    @CsvSource({"4, READ, 0", "6, WRITE, 0", "7, WRITE, 4096", "20, EXECUTE, 0", "21, EXECUTE, 139637976727552"})
    void aSegfaultSaysWhatItTriedWhereAndFromWhichInstruction(int errorCode, Access access, long address) {
        story.signal(app, app, SIGSEGV, 1);
        story.deliver(app, SIGSEGV, 1, errorCode, address);
        story.exit(app, SIGSEGV | 0x80);

        Termination end = story.termination();
        assertThat(end.fault())
                .isEqualTo(new Fault(SIGSEGV, 1, address, access, 0x401136, 0x7ffe0000, null, null, null, 0));
        assertThat(end.coreDumped()).isTrue();
        assertThat(end.peakRssBytes()).isEqualTo(512 * Story.PAGE);
        assertThat(end.summary())
                .startsWith("app (pid 4242) in pod " + Story.POD + " crashed with SIGSEGV after ")
                .contains("address 0x" + Long.toHexString(address))
                .endsWith("A core was dumped.");
    }

    @Test
    void siblingThreadsOfAFaultTakeSigkillWithoutBeingKilled() {
        Who worker = app.thread(4250);
        story.signal(worker, worker, SIGSEGV, 1);
        story.deliver(worker, SIGSEGV, 1, 4, 0);
        story.deliver(app, SIGKILL, 0, 0, 0);
        story.deliver(app.thread(4251), SIGKILL, 0, 0, 0);
        story.exit(app, SIGSEGV);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.SEGFAULT);
        assertThat(story.termination().sender()).isNull();
    }

    @Test
    void sigkillShowsItsSenderThoughDeliveryCarriesNone() {
        Who shell = story.run(4300, Story.IN_CONTAINER, "/bin/bash");
        story.signal(shell, app, SIGKILL, SI_USER);
        story.deliver(app, SIGKILL, 0, 0, 0);
        story.exit(app, SIGKILL);

        Termination end = story.termination();
        assertThat(end.cause()).isEqualTo(TerminationCause.KILLED);
        assertThat(end.confidence()).isEqualTo(Confidence.CERTAIN);
        assertThat(end.signalCode()).isEqualTo(SI_USER);
        assertThat(end.sender()).isEqualTo(new Sender(4300, "bash", SenderClass.SAME_CONTAINER, Story.CONTAINER));
        assertThat(end.summary())
                .contains("was killed with SIGKILL")
                .contains("by bash (pid 4300) of the same container");
    }

    @Test
    void sigtermWithDefaultActionIsDeliveredAsSigkillButNamedByItsStatus() {
        Who systemd = story.run(1, Story.HOST_ROOT, "/usr/lib/systemd/systemd");
        story.signal(systemd, app, SIGTERM, SI_USER);
        story.deliver(app, SIGKILL, 0, 0, 0);
        story.exit(app, SIGTERM);

        assertThat(story.termination().signalName()).isEqualTo("SIGTERM");
        assertThat(story.termination().exitCode()).isEqualTo(143);
        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.HOST_PROCESS);
    }

    @Test
    void theFirstOfTwoSigkillsIsTheOneThatKilled() {
        Who first = story.run(4300, Story.IN_CONTAINER, "/bin/bash");
        Who second = story.run(4301, Story.HOST_SERVICE, "/usr/bin/kubelet");
        story.signal(first, app, SIGKILL, SI_USER);
        story.signal(second, app, SIGKILL, SI_USER);
        story.exit(app, SIGKILL);

        assertThat(story.termination().sender().pid()).isEqualTo(4300);
    }

    @ParameterizedTest
    @CsvSource({"6, ABORT", "11, KILLED", "15, KILLED"})
    void aRaiseThatBlocksSignalsAroundItselfIsItsOwnDoing(int signal, TerminationCause cause) {
        story.deliver(app, signal, SI_TKILL, 0, 0);
        story.exit(app, signal);

        assertThat(story.termination().cause()).isEqualTo(cause);
        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.SELF);
        assertThat(story.termination().confidence()).isEqualTo(Confidence.LIKELY);
    }

    @ParameterizedTest
    @CsvSource({"6, ABORT", "11, KILLED"})
    void aThreadDirectedSignalWithoutItsGenerationIsLikelyARaise(int signal, TerminationCause cause) {
        story.deliver(app, signal, SI_TKILL, 0, 0);
        story.exit(app, signal);
        story.passes(60 * Story.MS);

        assertThat(story.termination().cause()).isEqualTo(cause);
        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.SELF);
        assertThat(story.termination().confidence()).isEqualTo(Confidence.LIKELY);
    }

    @Test
    void evidenceThatComesAfterTheExitIsWaitedForAndConcludesAtOnce() {
        story.exit(app, SIGSEGV);
        assertThat(story.terminations()).isEmpty();
        story.signal(app, app, SIGSEGV, 1);
        assertThat(story.terminations()).isEmpty();
        story.deliver(app, SIGSEGV, 1, 4, 16);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.SEGFAULT);
        assertThat(story.termination().fault().address()).isEqualTo(16);
    }

    @ParameterizedTest
    @CsvSource({"11, SEGFAULT", "9, KILLED", "6, ABORT", "31, SECCOMP", "15, KILLED", "24, RESOURCE_LIMIT"})
    void withoutEvidenceTheStatusAloneIsLikelyAfterFiftyMilliseconds(int signal, TerminationCause cause) {
        story.exit(app, signal);
        story.passes(49 * Story.MS);
        assertThat(story.terminations()).isEmpty();
        story.passes(Story.MS);

        assertThat(story.termination().cause()).isEqualTo(cause);
        assertThat(story.termination().confidence()).isEqualTo(Confidence.LIKELY);
        assertThat(story.termination().sender()).isNull();
        assertThat(story.termination().signalCode()).isNull();
    }

    @Test
    void aProcessEndsOnceThoughTwoThreadsReportIt() {
        story.signal(app, app, SIGABRT, SI_TKILL);
        story.deliver(app, SIGABRT, SI_TKILL, 0, 0);
        story.exit(app, SIGABRT);
        story.exit(app.thread(4250), SIGABRT);
        story.passes(100 * Story.MS);

        assertThat(story.terminations()).hasSize(1);
        assertThat(story.totals(Story.CONTAINER).terminations().series().values())
                .containsExactly(1L);
    }

    @Test
    void aWaitingEndIsNotReportedTwice() {
        story.exit(app, SIGKILL);
        story.exit(app, SIGKILL);
        story.passes(100 * Story.MS);
        story.signal(app, app, SIGKILL, SI_USER);
        story.passes(100 * Story.MS);

        assertThat(story.terminations()).hasSize(1);
    }

    @Test
    void aReusedPidGetsNothingOfItsPredecessor() {
        Who killer = story.run(4300, Story.HOST_SERVICE, "/usr/bin/reaper");
        story.signal(killer, app, SIGTERM, SI_USER);
        Who next = story.run(4242, Story.IN_SIBLING, "/usr/bin/next");
        story.exit(next, SIGTERM);
        story.passes(100 * Story.MS);

        Termination end = story.termination();
        assertThat(end.subject().executableName()).isEqualTo("next");
        assertThat(end.sender()).isNull();
    }

    @Test
    void exitsAreCountedButNoOccurrence() {
        story.exit(app, 0);
        story.exit(story.run(4243, Story.IN_CONTAINER, "/usr/bin/app"), 3 << 8);

        assertThat(story.occurrences).isEmpty();
        assertThat(story.totals(Story.CONTAINER).terminations().series())
                .containsOnlyKeys(
                        new TerminationKey(TerminationCause.EXIT, Phase.RUNNING, null, null, 0),
                        new TerminationKey(TerminationCause.EXIT, Phase.RUNNING, null, null, 3));
    }

    @Test
    void aNonZeroExitIsAnOccurrenceWhenConfigured() {
        Story configured = new Story(true);
        Who failing = configured.run(5, Story.IN_CONTAINER, "/bin/false");
        Who fine = configured.run(6, Story.IN_CONTAINER, "/bin/true");
        configured.exit(failing, 1 << 8);
        configured.exit(fine, 0);

        assertThat(configured.termination().exitCode()).isEqualTo(1);
        assertThat(configured.termination().cause()).isEqualTo(TerminationCause.EXIT);
    }

    @Test
    void ageIsThatOfTheProgramAndNeverNegative() {
        story.passes(3_000 * Story.MS);
        story.exec(app, "/usr/bin/second");
        story.passes(2_000 * Story.MS);
        story.signal(app, app, SIGABRT, SI_TKILL);
        story.deliver(app, SIGABRT, SI_TKILL, 0, 0);
        story.exit(app, SIGABRT);
        Who late = new Who(90, story.now + 1000 * Story.MS, Story.HOST_ROOT, null, "late");
        story.signal(late, late, SIGABRT, SI_TKILL);
        story.deliver(late, SIGABRT, SI_TKILL, 0, 0);
        story.exit(late, SIGABRT);

        assertThat(story.terminations().get(0).ageNanos()).isBetween(2_000 * Story.MS, 2_001 * Story.MS);
        assertThat(story.terminations().get(1).ageNanos()).isZero();
    }

    @Test
    void deathInsideExecIsExecAborted() {
        story.signal(app, app, SIGSEGV, SI_KERNEL);
        story.deliver(app, SIGSEGV, SI_KERNEL, 0, 0);
        story.exit(app, SIGSEGV, false, true);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.EXEC_ABORTED);
        assertThat(story.termination().phase()).isEqualTo(Phase.BEFORE_MAIN);
    }

    @Test
    void aFailedExecBetweenTheKernelsSigsegvAndItsDeliveryIsExecAborted() {
        story.signal(app, app, SIGSEGV, SI_KERNEL);
        story.execFails(app, Errnos.EINVAL, "/usr/bin/bad-load-segment");
        story.deliver(app, SIGSEGV, SI_KERNEL, 0, 0);
        story.exit(app, SIGSEGV);
        story.diagnoser.close();

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.EXEC_ABORTED);
        assertThat(story.execFailures())
                .as("its end, not a failure that it could see")
                .isEmpty();
    }

    @Test
    void aGeneralProtectionFaultLongAfterAFailedExecIsASegfault() {
        story.execFails(app, Errnos.EINVAL, "/usr/bin/bad");
        story.signal(app, app, SIGSEGV, SI_KERNEL);
        story.deliver(app, SIGSEGV, SI_KERNEL, 0, 0);
        story.exit(app, SIGSEGV);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.SEGFAULT);
    }

    @Test
    void sigkillFromOutsideDuringExecIsKilled() {
        Who killer = story.run(4300, Story.HOST_SERVICE, "/usr/bin/kubelet");
        story.signal(killer, app, SIGKILL, SI_USER);
        story.exit(app, SIGKILL, false, true);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.KILLED);
        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.KUBELET);
    }

    @Test
    void anExecByAnotherThreadKeepsTheIdentity() {
        Who thread = app.thread(4250);
        thread.generation++;
        Who leader = app;
        leader.generation++;
        story.tell(new ProcessExecuted(story.header(leader), thread.tid, 4026531841L, "other", "/usr/bin/other"));
        story.signal(leader, leader, SIGABRT, SI_TKILL);
        story.deliver(leader, SIGABRT, SI_TKILL, 0, 0);
        story.exit(leader, SIGABRT);

        assertThat(story.termination().subject().executablePath()).isEqualTo("/usr/bin/other");
    }

    @Test
    void namesAreSanitisedEverywhere() {
        Who hostile = story.run(66, Story.IN_CONTAINER, "/tmp/\u001b[31mevil\n");
        story.signal(hostile, hostile, SIGABRT, SI_TKILL);
        story.deliver(hostile, SIGABRT, SI_TKILL, 0, 0);
        story.exit(hostile, SIGABRT);

        Termination end = story.termination();
        assertThat(end.summary()
                        + end.subject().executableName()
                        + end.subject().executablePath())
                .doesNotContain("\u001b", "\n")
                .contains("\uFFFD[31mevil\uFFFD");
    }
}
