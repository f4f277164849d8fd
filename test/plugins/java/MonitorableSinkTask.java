package spillway.conformance;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** One JSON object per line and call, as the task of monitorable-sink.ts writes them. */
public class MonitorableSinkTask extends SinkTask {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Map<String, Object> settings;
    private int failingPreCommits;
    private int failingPuts;
    private long rewindTo;

    @Override
    public String version() {
        return "1.0.0";
    }

    @Override
    public void start(Map<String, String> props) {
        settings = MonitorableSink.CONFIG.parse(props);
        failingPreCommits = (Integer) settings.get("fail.pre.commits");
        failingPuts = (Integer) settings.get("fail.puts");
        rewindTo = (Long) settings.get("rewind.to");
        Map<String, Object> own = new LinkedHashMap<>();
        own.put("reporter", context.errantRecordReporter() != null);
        own.put("marker", settings.get("marker"));
        note("start", own);
        if ((Integer) settings.get("fail.task") >= 0) throw new ConnectException("this task was asked not to start");
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        note("open", Map.of("partitions", names(partitions)));
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        List<Map<String, Object>> seen = new ArrayList<>();
        for (SinkRecord record : records) seen.add(describe(record));
        note("put", Map.of("records", seen));
        long timeout = (Long) settings.get("put.timeout.ms");
        if (timeout >= 0) context.timeout(timeout);
        if (records.isEmpty()) return;
        pause((Long) settings.get("block.puts.ms"));
        if (failingPuts-- > 0) throw new RetriableException("not yet");
        if (settings.get("fatal.put").equals(true)) throw new ConnectException("put was asked to fail");
        if (rewindTo >= 0) {
            SinkRecord first = records.iterator().next();
            context.offset(new TopicPartition(first.originalTopic(), 0), rewindTo);
            rewindTo = -1;
        }
        if (settings.get("request.commit").equals(true)) context.requestCommit();
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> consumed) {
        Map<String, Long> offsets = new TreeMap<>();
        consumed.forEach((partition, offset) -> offsets.put(partition.toString(), offset.offset()));
        note("preCommit", Map.of("offsets", offsets));
        if (failingPreCommits-- > 0) throw new ConnectException("preCommit was asked to fail");
        return consumed;
    }

    @Override
    public void close(Collection<TopicPartition> partitions) {
        note("close", Map.of("partitions", names(partitions)));
        if (settings.get("fail.closes").equals(true)) throw new ConnectException("close was asked to fail");
    }

    @Override
    public void stop() {
        note("stop", Map.of());
    }

    private static Map<String, Object> describe(SinkRecord record) {
        List<Map<String, Object>> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("key", header.key());
            one.put("value", header.value());
            headers.add(one);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("topic", record.topic());
        all.put("at", record.originalTopic() + "-" + record.originalKafkaPartition() + "@" + record.originalKafkaOffset());
        all.put("value", record.value());
        all.put("headers", headers);
        all.put("timestamp", record.timestamp());
        all.put("timestampType", record.timestampType().name());
        return all;
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<String> names(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::toString).sorted().toList();
    }

    private void note(String event, Map<String, Object> details) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        line.putAll(details);
        try {
            Path log = Path.of((String) settings.get("log"));
            Files.writeString(log, JSON.writeValueAsString(line) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
