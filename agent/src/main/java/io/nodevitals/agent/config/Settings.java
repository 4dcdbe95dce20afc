// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The value of every {@link Setting}: by flag, else by NODEVITALS_* variable, else by default. Immutable; any thread.
 *
 * <p>A variable set to nothing counts as unset, as OpenTelemetry's variables do.
 */
public final class Settings {

    /** Where a value came from. */
    public enum Origin {
        FLAG,
        VARIABLE,
        DEFAULT
    }

    /** Read by scripts/nodevitals, not by the agent. */
    private static final String LAUNCHER_VARIABLE = Setting.VARIABLE_PREFIX + "JAVA_OPTIONS";

    /** The first that is set counts, after the flag and our own variable: what manifests commonly call the node's name. */
    private static final List<String> NODE_NAME_VARIABLES = List.of("K8S_NODE_NAME", "NODE_NAME");

    // The kubelet gives every container such variables for each Service of its namespace: a Service called nodevitals
    // or
    // nodevitals-web must not stop the agent.
    private static final Pattern SERVICE_VARIABLE =
            Pattern.compile("NODEVITALS_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?"
                    + "|PORT|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)");

    private final Map<Setting<?>, Object> values;
    private final Map<Setting<?>, Origin> origins;

    private Settings(Map<Setting<?>, Object> values, Map<Setting<?>, Origin> origins) {
        this.values = Map.copyOf(values);
        this.origins = Map.copyOf(origins);
    }

    /**
     * Reads all settings.
     *
     * @param flags value by setting, of those that were given
     * @param environment the process's
     * @throws SettingException at the first bad value or unknown NODEVITALS_* variable
     */
    public static Settings of(Map<Setting<?>, String> flags, Map<String, String> environment) throws SettingException {
        rejectUnknownVariables(environment);
        Map<Setting<?>, Object> values = new HashMap<>();
        Map<Setting<?>, Origin> origins = new HashMap<>();
        for (Setting<?> setting : Setting.ALL) {
            String flag = flags.get(setting);
            String variable = variableOf(setting, environment);
            if (flag != null) {
                if (flag.isEmpty()) {
                    throw bad(setting.flag(), flag, setting);
                }
                values.put(setting, parse(setting, setting.flag(), flag));
                origins.put(setting, Origin.FLAG);
            } else if (variable != null) {
                values.put(setting, parse(setting, variable, environment.get(variable)));
                origins.put(setting, Origin.VARIABLE);
            } else {
                values.put(setting, parse(setting, setting.key(), setting.defaultText()));
                origins.put(setting, Origin.DEFAULT);
            }
        }
        return new Settings(values, origins);
    }

    /** The setting's value. */
    public <T> T get(Setting<T> setting) {
        // parse(setting) made it, so it has the setting's type.
        @SuppressWarnings("unchecked")
        T value = (T) values.get(setting);
        if (value == null) {
            throw new IllegalStateException("setting is not in Setting.ALL: key=" + setting.key());
        }
        return value;
    }

    /** Where the setting's value came from. */
    public Origin origin(Setting<?> setting) {
        Origin origin = origins.get(setting);
        if (origin == null) {
            throw new IllegalStateException("setting is not in Setting.ALL: key=" + setting.key());
        }
        return origin;
    }

    private static @Nullable String variableOf(Setting<?> setting, Map<String, String> environment) {
        if (isSet(setting.variable(), environment)) {
            return setting.variable();
        }
        if (setting == Setting.NODE_NAME) {
            return NODE_NAME_VARIABLES.stream()
                    .filter(variable -> isSet(variable, environment))
                    .findFirst()
                    .orElse(null);
        }
        return null;
    }

    private static boolean isSet(String variable, Map<String, String> environment) {
        String value = environment.get(variable);
        return value != null && !value.isEmpty();
    }

    private static <T> T parse(Setting<T> setting, String givenAs, @Nullable String text) throws SettingException {
        String given = text == null ? "" : text;
        try {
            return setting.parse(given);
        } catch (IllegalArgumentException e) {
            SettingException bad = bad(givenAs, given, setting);
            bad.initCause(e);
            throw bad;
        }
    }

    private static SettingException bad(String givenAs, String text, Setting<?> setting) {
        return new SettingException(givenAs + " is '" + text + "' but must be " + setting.allowed() + ".");
    }

    private static void rejectUnknownVariables(Map<String, String> environment) throws SettingException {
        Map<String, Setting<?>> known = new TreeMap<>();
        Setting.ALL.forEach(setting -> known.put(setting.variable(), setting));
        for (String variable : new TreeSet<>(environment.keySet())) {
            if (!variable.startsWith(Setting.VARIABLE_PREFIX)
                    || known.containsKey(variable)
                    || variable.equals(LAUNCHER_VARIABLE)
                    || SERVICE_VARIABLE.matcher(variable).matches()) {
                continue;
            }
            String meant = Nearest.to(variable, known.keySet())
                    .map(near -> "did you mean " + near + "?")
                    .orElse("the known ones are " + String.join(", ", known.keySet()) + ".");
            throw new SettingException("Unknown variable " + variable + ": " + meant);
        }
    }
}
