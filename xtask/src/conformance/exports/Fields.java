// Reads a trail with the parser that AWS publishes for CloudTrail's files (`aws-cloudtrail-processing-library`) and prints
// each event, as that parser understood it, as a line of JSON: in the order of the ledger, with the fields of the file.
// Argument: the folder of the log files.

import com.amazonaws.services.cloudtrail.processinglibrary.model.CloudTrailEventData;
import com.amazonaws.services.cloudtrail.processinglibrary.model.CloudTrailLog;
import com.amazonaws.services.cloudtrail.processinglibrary.model.internal.CloudTrailDataStore;
import com.amazonaws.services.cloudtrail.processinglibrary.serializer.DefaultEventSerializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

public final class Fields {
    private static final ObjectMapper JSON = new ObjectMapper();
    // What the parser keeps as the text of JSON.
    private static final Set<String> RAW =
        Set.of("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails");

    public static void main(String[] arguments) throws Exception {
        List<Path> files;
        try (Stream<Path> paths = Files.walk(Path.of(arguments[0]))) {
            // Digests lie beside the logs, and are no logs.
            files = paths.filter(path -> path.toString().endsWith(".json.gz"))
                .filter(path -> !path.toString().contains("CloudTrail-Digest"))
                .collect(Collectors.toList());
        }
        // The number of the first record ends the name.
        files.sort(Comparator.comparing(path -> path.getFileName().toString().replaceAll(".*_", "")));
        var out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), 1 << 16);
        for (Path file : files) {
            var log = new CloudTrailLog("bucket", file.getFileName().toString());
            var input = new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file)));
            try (var events = new DefaultEventSerializer(log, JSON.getFactory().createParser(input))) {
                while (events.hasNextEvent()) {
                    out.write(JSON.writeValueAsString(event(events.getNextEvent().getEventData())));
                    out.newLine();
                }
            }
        }
        out.flush();
    }

    private static JsonNode event(CloudTrailEventData data) throws Exception {
        return store(data);
    }

    // Everything that a store of the parser holds, under the names that it holds it by.
    private static ObjectNode store(CloudTrailDataStore store) throws Exception {
        var field = CloudTrailDataStore.class.getDeclaredField("dataStore");
        field.setAccessible(true);
        var node = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) field.get(store)).entrySet()) {
            String name = entry.getKey().toString();
            node.set(name, value(name, entry.getValue()));
        }
        return node;
    }

    private static JsonNode value(String name, Object value) throws Exception {
        var nodes = JsonNodeFactory.instance;
        if (value == null) {
            return nodes.nullNode();
        }
        if (value instanceof CloudTrailDataStore) {
            return store((CloudTrailDataStore) value);
        }
        if (value instanceof Date) {
            return nodes.textNode(Instant.ofEpochMilli(((Date) value).getTime()).toString());
        }
        if (value instanceof UUID) {
            return nodes.textNode(value.toString());
        }
        if (value instanceof List) {
            var list = nodes.arrayNode();
            for (Iterator<?> each = ((List<?>) value).iterator(); each.hasNext(); ) {
                list.add(value("", each.next()));
            }
            return list;
        }
        if (value instanceof Map) {
            var map = nodes.objectNode();
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                map.set(entry.getKey().toString(), value("", entry.getValue()));
            }
            return map;
        }
        return RAW.contains(name) ? JSON.readTree(value.toString()) : JSON.valueToTree(value);
    }
}
