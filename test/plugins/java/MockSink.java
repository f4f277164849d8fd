package spillway.conformance;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;

/** The twin of mock-sink.ts: the connector or its tasks fail some time after they have started. */
public class MockSink extends SinkConnector {
    static final ConfigDef CONFIG = new ConfigDef()
        .define("mock.mode", Type.STRING, "none", Importance.HIGH, "connector-failure, task-failure, or none.")
        .define("delay.ms", Type.LONG, 1000, Importance.LOW, "When the failure comes.");

    private Map<String, String> own;
    private ScheduledExecutorService timer;

    @Override
    public String version() {
        return "1.0.0";
    }

    @Override
    public void start(Map<String, String> props) {
        own = props;
        Map<String, Object> settings = CONFIG.parse(props);
        if (!settings.get("mock.mode").equals("connector-failure")) return;
        timer = Executors.newSingleThreadScheduledExecutor();
        timer.schedule(() -> context.raiseError(new ConnectException("the connector was asked to fail")),
            (Long) settings.get("delay.ms"), TimeUnit.MILLISECONDS);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return MockSinkTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return Stream.generate(() -> own).limit(maxTasks).toList();
    }

    @Override
    public void stop() {
        if (timer != null) timer.shutdownNow();
    }

    @Override
    public ConfigDef config() {
        return CONFIG;
    }
}
