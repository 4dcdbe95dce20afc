// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Signals.SIGKILL;
import static io.nodevitals.agent.diagnose.Signals.SI_KERNEL;
import static io.nodevitals.agent.diagnose.Signals.SI_USER;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.OomFacts.Trigger;
import io.nodevitals.agent.diagnose.OomFacts.VictimMemory;
import io.nodevitals.agent.diagnose.Story.Who;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OomTest {
    private final Story story = new Story();
    private final Who java = story.run(4242, Story.IN_CONTAINER, "/usr/bin/java");

    @Test
    void aVictimIsOneKillAndOneTerminationWithTheSameFacts() {
        oomKill(java, java, 8166);

        OomKill kill = story.oomKill();
        Termination end = story.termination();
        assertThat(kill.facts())
                .isEqualTo(new OomFacts(
                        OomScope.CGROUP,
                        LimitOwner.CONTAINER,
                        Confidence.LIKELY,
                        null,
                        null,
                        new VictimMemory(8166 * Story.PAGE, 10 * Story.PAGE, 0, 0, 8192),
                        new Trigger(4242, "java", Story.CONTAINER),
                        100));
        assertThat(end.oom()).isEqualTo(kill.facts());
        assertThat(end.cause()).isEqualTo(TerminationCause.OOM_CGROUP);
        assertThat(end.confidence()).isEqualTo(Confidence.LIKELY);
        assertThat(end.exitCode()).isEqualTo(137);
        assertThat(end.summary())
                .isEqualTo("java (pid 4242) in pod " + Story.POD
                        + " was killed by the kernel's OOM killer: the container's memory limit was reached (likely);"
                        + " it held 31.9 MiB anonymous memory. Raise the limit or look for the growth before it.");
        assertThat(story.occurrences).containsExactly(kill, end);
        assertThat(story.totals(Story.CONTAINER).oomKills().series()).containsExactly(Map.entry(OomScope.CGROUP, 1L));
    }

    @ParameterizedTest
    @CsvSource({
        "21, CGROUP, CONTAINER, LIKELY",
        "22, CGROUP, POD, LIKELY",
        "20, CGROUP, POD, LIKELY",
        "31, NODE, NODE, LIKELY",
        "10, NODE, NODE, LIKELY",
        "99, NODE, NODE, LIKELY",
    })
    void withoutTheKernelsWordTheTriggersCgroupTellsWhoseLimit(
            int triggerCgroup, OomScope scope, LimitOwner owner, Confidence confidence) {
        Who trigger = story.run(500, triggerCgroup, "/usr/bin/grower");
        oomKill(trigger, java, 100);

        OomFacts facts = story.oomKill().facts();
        assertThat(facts.scope()).isEqualTo(scope);
        assertThat(facts.limitOwner()).isEqualTo(owner);
        assertThat(facts.confidence()).isEqualTo(confidence);
        assertThat(facts.trigger().pid()).isEqualTo(500);
        assertThat(story.oomKill().summary()).contains("asked for by grower (pid 500)");
    }

    @ParameterizedTest
    @CsvSource({"1, NODE, NODE, LIKELY", "10, CGROUP,, GUESS"})
    void aHostServiceIsKilledForTheNodeOrMaybeForItsOwnCgroup(
            int cgroup, OomScope scope, LimitOwner owner, Confidence confidence) {
        Who service = story.run(600, cgroup, "/usr/bin/service");
        oomKill(service, service, 100);

        assertThat(story.oomKill().facts().scope()).isEqualTo(scope);
        assertThat(story.oomKill().facts().limitOwner()).isEqualTo(owner);
        assertThat(story.oomKill().facts().confidence()).isEqualTo(confidence);
        assertThat(story.oomKill().subject().workload()).isEqualTo(Workload.HOST);
    }

    @ParameterizedTest
    @CsvSource({"21, CGROUP, CONTAINER", "20, CGROUP, POD", "10, CGROUP, NODE", "0, NODE, NODE"})
    void oomControlSaysWhoseLimitWithCertainty(int limitCgroup, OomScope scope, LimitOwner owner) {
        story.signal(java, java, SIGKILL, SI_KERNEL);
        story.markWithLimit(java, java, 8000, 8192, limitCgroup);
        story.exit(java, SIGKILL, true, false);

        OomFacts facts = story.termination().oom();
        assertThat(facts.scope()).isEqualTo(scope);
        assertThat(facts.limitOwner()).isEqualTo(owner);
        assertThat(facts.confidence()).isEqualTo(Confidence.CERTAIN);
        assertThat(facts.limitBytes()).isEqualTo(32L << 20);
        assertThat(story.termination().confidence()).isEqualTo(Confidence.CERTAIN);
    }

    @Test
    void membersOfAGroupKillAreMarkedInOneGo() {
        Who sidecar = story.run(4243, Story.IN_CONTAINER, "/usr/bin/helper");
        story.signal(java, java, SIGKILL, SI_KERNEL);
        story.mark(java, java, 100);
        story.signal(java, sidecar, SIGKILL, SI_KERNEL);
        story.mark(java, sidecar, 5);
        story.exit(sidecar, SIGKILL, true, false);
        story.exit(java, SIGKILL, true, false);

        assertThat(story.oomKills())
                .extracting(kill -> kill.facts().scope())
                .containsExactly(OomScope.CGROUP, OomScope.GROUP);
        assertThat(story.terminations())
                .extracting(Termination::cause)
                .containsExactly(TerminationCause.OOM_GROUP, TerminationCause.OOM_CGROUP);
    }

    @Test
    void aSecondChoiceAfterTheFirstIsGoneIsNoGroupKill() {
        Who second = story.run(4243, Story.IN_CONTAINER, "/usr/bin/helper");
        Who trigger = story.run(4244, Story.IN_CONTAINER, "/usr/bin/grower");
        oomKill(trigger, java, 100);
        oomKill(trigger, second, 100);

        assertThat(story.oomKills())
                .extracting(kill -> kill.facts().scope())
                .containsExactly(OomScope.CGROUP, OomScope.CGROUP);
    }

    @Test
    void whoSharesTheVictimsMemoryIsKilledUnmarkedAndCountedOnce() {
        Who vforked = story.fork(java, 4243, Story.IN_CONTAINER);
        story.signal(java, java, SIGKILL, SI_KERNEL);
        story.mark(java, java, 100);
        story.signal(java, vforked, SIGKILL, SI_KERNEL);
        story.exit(vforked, SIGKILL);
        story.exit(java, SIGKILL, true, false);

        assertThat(story.terminations())
                .extracting(Termination::cause)
                .containsExactly(TerminationCause.OOM_GROUP, TerminationCause.OOM_CGROUP);
        assertThat(story.terminations().get(0).confidence()).isEqualTo(Confidence.LIKELY);
        assertThat(story.totals(Story.CONTAINER).oomKills().series())
                .containsOnly(Map.entry(OomScope.CGROUP, 1L), Map.entry(OomScope.GROUP, 1L));
    }

    @Test
    void aLostMarkIsWaitedForThenToldFromTheExit() {
        story.signal(java, java, SIGKILL, SI_KERNEL);
        story.exit(java, SIGKILL, true, false);
        assertThat(story.occurrences).isEmpty();
        story.passes(60 * Story.MS);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.OOM_CGROUP);
        assertThat(story.oomKill().facts().victim()).isNull();
        story.mark(java, java, 100);
        assertThat(story.oomKills()).as("a mark that comes later still").hasSize(1);
    }

    @Test
    void aLateMarkJoinsTheWaitingEnd() {
        story.signal(java, java, SIGKILL, SI_KERNEL);
        story.exit(java, SIGKILL, true, false);
        story.mark(java, java, 77);

        assertThat(story.termination().oom().victim().anonBytes()).isEqualTo(77 * Story.PAGE);
        assertThat(story.oomKills()).hasSize(1);
    }

    @Test
    void theLastResortIsAGuess() {
        story.exit(java, SIGKILL, true, false);
        story.passes(60 * Story.MS);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.OOM_CGROUP);
        assertThat(story.termination().confidence()).isEqualTo(Confidence.GUESS);
        assertThat(story.oomKill().summary()).contains("(a guess)");
    }

    @Test
    void aDyingProcessThatIsMarkedToFreeItsMemoryWasKilledBySomebodyElse() {
        Who killer = story.run(500, Story.HOST_SERVICE, "/usr/bin/kubelet");
        story.signal(killer, java, SIGKILL, SI_USER);
        story.mark(story.run(501, Story.IN_CONTAINER, "/bin/grower"), java, 100);
        story.exit(java, SIGKILL, true, false);

        assertThat(story.termination().cause()).isEqualTo(TerminationCause.KILLED);
        assertThat(story.termination().sender().senderClass()).isEqualTo(SenderClass.KUBELET);
    }

    @Test
    void aVictimMarkedThroughTwoThreadsIsCountedOnce() {
        story.signal(java, java, SIGKILL, SI_KERNEL);
        story.mark(java, java, 100);
        story.mark(java, java.thread(4250), 100);
        story.exit(java, SIGKILL, true, false);

        assertThat(story.oomKills()).hasSize(1);
    }

    private void oomKill(Who trigger, Who victim, long anonPages) {
        story.signal(trigger, victim, SIGKILL, SI_KERNEL);
        story.mark(trigger, victim, anonPages);
        story.deliver(victim, SIGKILL, 0, 0, 0);
        story.exit(victim, SIGKILL, true, false);
    }
}
