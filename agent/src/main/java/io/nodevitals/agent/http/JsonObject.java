// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Typed access to a parsed object; a missing or mistyped field is an IOException that names it. */
public final class JsonObject {
    private final Map<?, ?> fields;

    private JsonObject(Map<?, ?> fields) {
        this.fields = fields;
    }

    /** Makes one element of a list. */
    @FunctionalInterface
    interface Reader<T> {
        T read(JsonObject object) throws IOException;
    }

    /**
     * The object that a text stands for.
     *
     * @throws IOException when it stands for none
     */
    public static JsonObject parse(String text) throws IOException {
        return of(Json.parse(text), "the text");
    }

    /** The field, or null when it is missing, null or no string. */
    public @Nullable String stringOrNull(String name) {
        return fields.get(name) instanceof String string ? string : null;
    }

    /** The field. */
    public String string(String name) throws IOException {
        return typed(name, String.class);
    }

    long number(String name) throws IOException {
        return typed(name, Long.class);
    }

    JsonObject object(String name) throws IOException {
        return of(fields.get(name), name);
    }

    List<String> strings(String name) throws IOException {
        List<String> strings = new ArrayList<>();
        for (Object element : typed(name, List.class)) {
            if (!(element instanceof String string)) {
                throw new IOException("not a list of strings: " + name);
            }
            strings.add(string);
        }
        return strings;
    }

    <T> List<T> objects(String name, Reader<T> reader) throws IOException {
        List<T> objects = new ArrayList<>();
        for (Object element : typed(name, List.class)) {
            objects.add(reader.read(of(element, name)));
        }
        return objects;
    }

    boolean isNull(String name) {
        return fields.get(name) == null;
    }

    Set<String> keys() {
        Set<String> keys = new java.util.LinkedHashSet<>();
        fields.keySet().forEach(key -> keys.add(String.valueOf(key)));
        return keys;
    }

    private <T> T typed(String name, Class<T> type) throws IOException {
        Object value = fields.get(name);
        if (!type.isInstance(value)) {
            throw new IOException("not a " + type.getSimpleName() + ": " + name);
        }
        return type.cast(value);
    }

    private static JsonObject of(@Nullable Object value, String name) throws IOException {
        if (value instanceof Map<?, ?> map) {
            return new JsonObject(map);
        }
        throw new IOException("not an object: " + name);
    }
}
