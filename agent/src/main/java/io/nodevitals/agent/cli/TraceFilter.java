// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.config.Nearest;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which events trace shows.
 *
 * @param events by full name; empty for all
 * @param podUid or null for all
 */
record TraceFilter(Set<String> events, @Nullable String podUid) {
    private static final Pattern POD_UID = Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}");

    TraceFilter {
        events = Set.copyOf(events);
    }

    /**
     * What --events and --pod ask for.
     *
     * @throws CommandFailure when no event has that name or no pod can have that UID
     */
    static TraceFilter of(@Nullable List<String> events, @Nullable String pod) throws CommandFailure {
        Set<String> wanted = new HashSet<>();
        for (String event : events == null ? List.<String>of() : events) {
            if (!EventLine.KINDS.containsKey(event)) {
                String meant = Nearest.to(event, EventLine.NAMES)
                        .map(near -> "did you mean " + near + "?")
                        .orElse("the known ones are " + String.join(", ", EventLine.NAMES) + ".");
                throw new CommandFailure(
                        ExitCode.WRONG_USAGE, "--events names '" + event + "', which is no event: " + meant, null);
            }
            wanted.add(event);
        }
        String podUid = pod == null ? null : pod.toLowerCase(Locale.ROOT);
        if (podUid != null && !POD_UID.matcher(podUid).matches()) {
            throw new CommandFailure(
                    ExitCode.WRONG_USAGE,
                    "--pod is '" + pod + "' but must be a pod's UID, such as 0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5f"
                            + " (kubectl get pod NAME -o jsonpath={.metadata.uid}).",
                    null);
        }
        return new TraceFilter(wanted, podUid);
    }

    boolean accepts(EventLine line) {
        String event = line.fields().stringOrNull("event");
        return (events.isEmpty() || (event != null && events.contains(event)))
                && (podUid == null || podUid.equals(line.fields().stringOrNull("k8s.pod.uid")));
    }
}
