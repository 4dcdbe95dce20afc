// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.deploy;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads Kubernetes objects as a server with strict field validation would: an unknown or a repeated field is an error. */
final class StrictYaml {
    // The model's classes keep what they do not know in a map (@JsonAnySetter). Without it, that is unknown and fails.
    private static final YAMLMapper MAPPER = YAMLMapper.builder()
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(MapperConfig<?> config, Annotated annotated) {
                    return annotated.hasAnnotation(JsonAnySetter.class) ? Boolean.FALSE : null;
                }
            })
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private StrictYaml() {}

    /** All documents of a file. */
    static List<JsonNode> documents(Path file) {
        try (MappingIterator<JsonNode> documents =
                MAPPER.readerFor(JsonNode.class).readValues(file.toFile())) {
            return documents.readAll();
        }
    }

    static <T> T read(JsonNode document, Class<T> type) {
        return MAPPER.treeToValue(document, type);
    }
}
