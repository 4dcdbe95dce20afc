// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.binfmt.BinfmtChange.Kind;
import io.nodevitals.agent.binfmt.BinfmtState.Presence;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BinfmtWatchTest {
    private static final byte[] HEAD = {'A', 'B', 0};
    private static final BinfmtHandler HANDLER = new BinfmtHandler("x", true, "/i", "", null, 0, "4142", null);

    private final BinfmtWatch watch = new BinfmtWatch();

    @Test
    void theFirstLookChangesNothing() {
        assertThat(watch.update(table(true, HANDLER))).isEmpty();
        assertThat(watch.states()).extracting(BinfmtState::presence).containsExactly(Presence.ENABLED);
    }

    @Test
    void aHandlerThatGoesIsLostOnceAndRemembered() {
        watch.update(table(true, HANDLER));

        assertThat(watch.update(table(true))).containsExactly(new BinfmtChange(Kind.LOST, HANDLER, HANDLER));
        assertThat(watch.update(table(true))).isEmpty();
        assertThat(watch.missingFor(HEAD, "/bin/p")).isNotNull();
        assertThat(watch.missingFor(new byte[] {'C'}, "/bin/q")).isNull();
        assertThat(watch.states())
                .containsExactly(new BinfmtState(HANDLER, Presence.LOST, 1, java.util.List.of("/bin/p")));
    }

    @Test
    void oneThatComesBackIsAddedAndItsFailuresAreForgotten() {
        watch.update(table(true, HANDLER));
        watch.update(table(true));
        watch.missingFor(HEAD, "/bin/p");

        assertThat(watch.update(table(true, HANDLER))).containsExactly(new BinfmtChange(Kind.ADDED, HANDLER, HANDLER));
        assertThat(watch.missingFor(HEAD, "/bin/p")).isNull();
        assertThat(watch.states()).extracting(BinfmtState::failures).containsExactly(0L);
    }

    @Test
    void switchedOffMeansItselfOrAllOfThem() {
        watch.update(table(true, HANDLER));

        assertThat(watch.update(table(true, HANDLER.withEnabled(false))))
                .extracting(BinfmtChange::kind)
                .containsExactly(Kind.DISABLED);
        assertThat(watch.update(table(true, HANDLER)))
                .extracting(BinfmtChange::kind)
                .containsExactly(Kind.ENABLED);
        assertThat(watch.update(table(false, HANDLER)))
                .extracting(BinfmtChange::kind)
                .containsExactly(Kind.DISABLED);
        assertThat(watch.missingFor(HEAD, "/bin/p").presence()).isEqualTo(Presence.DISABLED);
    }

    @Test
    void anotherInterpreterIsRepointed() {
        watch.update(table(true, HANDLER));
        BinfmtHandler other = new BinfmtHandler("x", true, "/other", "", null, 0, "4142", null);

        assertThat(watch.update(table(true, other))).containsExactly(new BinfmtChange(Kind.REPOINTED, other, HANDLER));
    }

    @Test
    void whileNobodyCanLookNothingIsLost() {
        watch.update(table(true, HANDLER));

        assertThat(watch.update(BinfmtTable.UNKNOWN)).isEmpty();
        assertThat(watch.states()).extracting(BinfmtState::presence).containsExactly(Presence.ENABLED);
    }

    @Test
    void programsThatFailedAreFewAndTheLatest() {
        watch.update(table(true, HANDLER));
        watch.update(table(true));
        for (int i = 0; i < 100; i++) {
            watch.missingFor(HEAD, "/bin/p" + i % 10);
        }

        BinfmtState state = watch.states().get(0);
        assertThat(state.failures()).isEqualTo(100);
        assertThat(state.programs()).hasSize(8).endsWith("/bin/p8", "/bin/p9");
    }

    private static BinfmtTable table(boolean enabled, BinfmtHandler... handlers) {
        SortedMap<String, BinfmtHandler> byName = new TreeMap<>();
        for (BinfmtHandler handler : handlers) {
            byName.put(handler.name(), handler);
        }
        return new BinfmtTable(true, enabled, byName);
    }
}
