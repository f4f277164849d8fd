package spillway.conformance;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** The twin of monitorable-sink.ts: its task writes down every call it gets and misbehaves where it is asked to. */
public class MonitorableSink extends SinkConnector {
    static final ConfigDef CONFIG = new ConfigDef()
        .define("log", Type.STRING, Importance.HIGH, "File to write events to.")
        .define("marker", Type.STRING, "", Importance.LOW, "A text to write down at the start.")
        .define("fail.pre.commits", Type.INT, 0, Importance.LOW, "How many preCommits throw.")
        .define("fail.puts", Type.INT, 0, Importance.LOW,
            "How many puts with records throw a RetriableException.")
        .define("fatal.put", Type.BOOLEAN, false, Importance.LOW, "Throws another exception for every put with records.")
        .define("fail.closes", Type.BOOLEAN, false, Importance.LOW, "Throws when partitions are taken away.")
        .define("request.commit", Type.BOOLEAN, false, Importance.LOW, "Asks for a commit after each put.")
        .define("put.timeout.ms", Type.LONG, -1, Importance.LOW, "Asks for the next put within this time.")
        .define("rewind.to", Type.LONG, -1, Importance.LOW, "Asks once to be given partition 0 again from this offset.")
        .define("block.puts.ms", Type.LONG, 0, Importance.LOW, "How long a put with records takes.")
        .define("extra.tasks", Type.INT, 0, Importance.LOW, "Task configurations beyond what is asked for.")
        .define("fail.task", Type.INT, -1, Importance.LOW, "Number of the task that does not start.")
        .define("fail.start", Type.BOOLEAN, false, Importance.LOW, "The connector does not start.")
        .define("alter.offsets", Type.STRING, "true", Importance.LOW,
            "What alterOffsets answers: true, false, or unsupported.");

    private Map<String, String> own;

    @Override
    public String version() {
        return "1.0.0";
    }

    @Override
    public void start(Map<String, String> props) {
        own = props;
        if (CONFIG.parse(props).get("fail.start").equals(true)) throw new IllegalStateException("start was asked to fail");
    }

    @Override
    public Class<? extends Task> taskClass() {
        return MonitorableSinkTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        int extra = (Integer) CONFIG.parse(own).get("extra.tasks");
        return IntStream.range(0, maxTasks + extra).mapToObj(this::taskConfig).toList();
    }

    /** Only the task that is to fail is told so. */
    private Map<String, String> taskConfig(int task) {
        if (String.valueOf(task).equals(own.get("fail.task"))) return own;
        Map<String, String> config = new HashMap<>(own);
        config.put("fail.task", "-1");
        return config;
    }

    @Override
    public void stop() {
    }

    @Override
    public ConfigDef config() {
        return CONFIG;
    }

    @Override
    public boolean alterOffsets(Map<String, String> config, Map<org.apache.kafka.common.TopicPartition, Long> offsets) {
        String answer = (String) CONFIG.parse(config).get("alter.offsets");
        if (answer.equals("unsupported")) throw new UnsupportedOperationException("not here");
        return answer.equals("true");
    }
}
