// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The OTEL_* environment in the form in which the SDK's exporters read it. The SDK's own implementation would read the
 * process's real environment besides the given one, and its errors name properties where the user wrote variables. A blank
 * value is an unset one, as the specification wants. Immutable; any thread.
 */
final class Environment implements ConfigProperties {
    private static final Pattern DURATION = Pattern.compile("(-?\\d{1,18})\\s*(ns|us|ms|s|m|h|d|)");

    private final Map<String, String> properties;
    private final ComponentLoader loader;

    private Environment(Map<String, String> properties, ComponentLoader loader) {
        this.properties = properties;
        this.loader = loader;
    }

    /**
     * The part of an environment that starts with OTEL_.
     *
     * @param loader where the exporters find their senders
     */
    static Environment of(Map<String, String> variables, ComponentLoader loader) {
        Map<String, String> properties = new HashMap<>();
        variables.forEach((name, value) -> {
            if (name.startsWith("OTEL_") && !value.isBlank()) {
                properties.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value.strip());
            }
        });
        return new Environment(properties, loader);
    }

    /** This environment with some properties replaced. */
    Environment with(Map<String, String> overrides) {
        Map<String, String> merged = new HashMap<>(properties);
        merged.putAll(overrides);
        return new Environment(merged, loader);
    }

    /** The variable that holds a property: {@code otel.sdk.disabled} is OTEL_SDK_DISABLED. */
    static String variable(String property) {
        return property.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** "OTEL_BSP_MAX_QUEUE_SIZE=many", for the start of an error's sentence. */
    String assignment(String property) {
        return variable(property) + "=" + Text.line(properties.getOrDefault(normalized(property), ""));
    }

    @Override
    public @Nullable String getString(String name) {
        return properties.get(normalized(name));
    }

    /** True for "true" in any case, else false: the specification forbids other words to mean true. */
    @Override
    public @Nullable Boolean getBoolean(String name) {
        String value = getString(name);
        return value == null ? null : Boolean.valueOf(value);
    }

    @Override
    public @Nullable Integer getInt(String name) {
        Long value = getLong(name);
        if (value != null && value != value.intValue()) {
            throw new OtlpConfigurationException(assignment(name) + " is out of range; write a smaller number.");
        }
        return value == null ? null : value.intValue();
    }

    @Override
    public @Nullable Long getLong(String name) {
        String value = getString(name);
        try {
            return value == null ? null : Long.valueOf(value);
        } catch (NumberFormatException e) {
            throw new OtlpConfigurationException(
                    assignment(name) + " is not a whole number; write one or unset the variable.", e);
        }
    }

    @Override
    public @Nullable Double getDouble(String name) {
        String value = getString(name);
        try {
            return value == null ? null : Double.valueOf(value);
        } catch (NumberFormatException e) {
            throw new OtlpConfigurationException(
                    assignment(name) + " is not a number; write one or unset the variable.", e);
        }
    }

    /** Milliseconds, or a number with one of the SDK's units. */
    @Override
    public @Nullable Duration getDuration(String name) {
        String value = getString(name);
        if (value == null) {
            return null;
        }
        Matcher matcher = DURATION.matcher(value);
        if (!matcher.matches() || value.startsWith("-")) {
            throw new OtlpConfigurationException(
                    assignment(name) + " is not a duration; write milliseconds such as 5000, or 5s.");
        }
        long amount = Long.parseLong(matcher.group(1));
        try {
            Duration duration = switch (matcher.group(2)) {
                case "ns" -> Duration.ofNanos(amount);
                case "us" -> Duration.ofNanos(Math.multiplyExact(amount, 1_000L));
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                case "d" -> Duration.ofDays(amount);
                default -> Duration.ofMillis(amount);
            };
            // The SDK counts in nanoseconds.
            return Duration.ofNanos(duration.toNanos());
        } catch (ArithmeticException e) {
            throw new OtlpConfigurationException(
                    assignment(name) + " is longer than 292 years; write a shorter duration.", e);
        }
    }

    @Override
    public List<String> getList(String name) {
        String value = getString(name);
        List<String> list = new ArrayList<>();
        if (value != null) {
            for (String entry : value.split(",", -1)) {
                if (!entry.isBlank()) {
                    list.add(entry.strip());
                }
            }
        }
        return list;
    }

    /** Comma-separated key=value pairs; the error does not repeat them, since headers carry secrets. */
    @Override
    public Map<String, String> getMap(String name) {
        Map<String, String> map = new LinkedHashMap<>();
        for (String entry : getList(name)) {
            int equals = entry.indexOf('=');
            String key = equals < 0 ? "" : entry.substring(0, equals).strip();
            if (key.isEmpty()) {
                throw new OtlpConfigurationException(variable(name) + " has an entry without a key and an equals sign;"
                        + " write key1=value1,key2=value2, with commas in values as %2C.");
            }
            String value = entry.substring(equals + 1).strip();
            if (!value.isEmpty()) {
                map.put(key, value);
            }
        }
        return map;
    }

    @Override
    public ComponentLoader getComponentLoader() {
        return loader;
    }

    private static String normalized(String name) {
        return name.toLowerCase(Locale.ROOT).replace('-', '.');
    }
}
