// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads text format 0.0.4 and believes nothing: one HELP and TYPE per family before its samples, families contiguous, series
 * unique, label syntax and escapes exact, histograms cumulative and complete.
 */
final class PrometheusParser {
    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)", Pattern.DOTALL);
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(,|$)");

    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

    private final Map<String, String> types = new LinkedHashMap<>();
    private final Set<String> helped = new HashSet<>();
    private final Map<String, Double> samples = new LinkedHashMap<>();
    private final List<Map<String, String>> labelSets = new ArrayList<>();
    private String family = "";

    static PrometheusParser parse(String text) {
        PrometheusParser parser = new PrometheusParser();
        check(text.isEmpty() || text.endsWith("\n"), "the last line ends");
        for (String line : text.split("\n", -1)) {
            if (line.startsWith("#")) {
                parser.comment(line);
            } else if (!line.isEmpty()) {
                parser.sample(line);
            }
        }
        parser.checkHistograms();
        return parser;
    }

    /** Value by series: name{label="value",…} with labels as they came. */
    Map<String, Double> samples() {
        return samples;
    }

    /** Unescaped labels of every sample, in order. */
    List<Map<String, String>> labelSets() {
        return labelSets;
    }

    Map<String, String> types() {
        return types;
    }

    private void comment(String line) {
        Matcher matcher = COMMENT.matcher(line);
        check(matcher.matches(), line);
        String name = matcher.group(2);
        if (matcher.group(1).equals("HELP")) {
            check(helped.add(name), "one HELP for " + name);
        } else {
            check(List.of("counter", "gauge", "histogram").contains(matcher.group(3)), line);
            check(types.put(name, matcher.group(3)) == null, "one TYPE for " + name);
            check(helped.contains(name), "HELP before TYPE: " + name);
            family = name;
        }
    }

    private void sample(String line) {
        Matcher matcher = SAMPLE.matcher(line);
        check(matcher.matches(), line);
        String name = matcher.group(1);
        String type = types.get(family);
        boolean fits = "histogram".equals(type)
                ? List.of(family + "_bucket", family + "_sum", family + "_count")
                        .contains(name)
                : family.equals(name);
        check(fits, "in its family's place: " + line);
        check(!"counter".equals(type) || name.endsWith("_total"), "a counter ends in _total: " + line);
        labelSets.add(labels(matcher.group(2) == null ? "" : matcher.group(2)));
        double value =
                matcher.group(3).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(matcher.group(3));
        String series = name + new java.util.TreeMap<>(labelSets.get(labelSets.size() - 1));
        check(samples.put(series, value) == null, "each series once: " + line);
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new LinkedHashMap<>();
        int at = 0;
        while (at < text.length()) {
            Matcher matcher = LABEL.matcher(text).region(at, text.length());
            check(matcher.lookingAt(), "labels: " + text);
            // One pass: a backslash that is itself escaped may stand before an n.
            String value = ESCAPE.matcher(matcher.group(2))
                    .replaceAll(found -> Matcher.quoteReplacement(found.group(1).equals("n") ? "\n" : found.group(1)));
            check(labels.put(matcher.group(1), value) == null, "each label once: " + text);
            at = matcher.end();
        }
        return labels;
    }

    private void checkHistograms() {
        types.forEach((name, type) -> {
            if (!type.equals("histogram")) {
                return;
            }
            Map<String, Double> last = new LinkedHashMap<>();
            Map<String, Double> lastBound = new LinkedHashMap<>();
            Pattern bucket =
                    Pattern.compile(Pattern.quote(name) + "_bucket\\{(.*?)(?:, )?le=([^,}]+)(.*)}", Pattern.DOTALL);
            samples.forEach((series, value) -> {
                Matcher matcher = bucket.matcher(series);
                if (matcher.matches()) {
                    String of = matcher.group(1) + matcher.group(3);
                    double bound = matcher.group(2).equals("+Inf")
                            ? Double.POSITIVE_INFINITY
                            : Double.parseDouble(matcher.group(2));
                    check(value >= last.getOrDefault(of, 0.0), "cumulative: " + series);
                    check(bound > lastBound.getOrDefault(of, Double.NEGATIVE_INFINITY), "ascending: " + series);
                    last.put(of, value);
                    lastBound.put(of, bound);
                }
            });
            check(!last.isEmpty(), "buckets of " + name);
            lastBound.forEach((of, bound) -> check(bound == Double.POSITIVE_INFINITY, "+Inf of " + of));
            long counts = samples.keySet().stream()
                    .filter(series -> series.startsWith(name + "_count"))
                    .count();
            check(counts == last.size(), "a count for each histogram of " + name);
        });
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("not Prometheus text: " + what);
        }
    }
}
