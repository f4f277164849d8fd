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

/** The twin of mock-sink.ts: the connector or its tasks fail, or it wants other tasks, some time after they have started. */
public class MockSink extends SinkConnector {
    static final ConfigDef CONFIG = new ConfigDef()
        .define("mock.mode", Type.STRING, "none", Importance.HIGH, 
            "connector-failure, task-failure, more-tasks (first one, then all), fewer-tasks, or none.")
        .define("delay.ms", Type.LONG, 1000, Importance.LOW, "When it happens.");

    private Map<String, String> own;
    private String mode = "none";
    private volatile boolean wantsOthers;
    private ScheduledExecutorService timer;

    @Override
    public String version() {
        return "1.0.0";
    }

    @Override
    public void start(Map<String, String> props) {
        own = props;
        Map<String, Object> settings = CONFIG.parse(props);
        mode = (String) settings.get("mock.mode");
        if (!List.of("connector-failure", "more-tasks", "fewer-tasks").contains(mode)) return;
        timer = Executors.newSingleThreadScheduledExecutor();
        timer.schedule(this::happen, (Long) settings.get("delay.ms"), TimeUnit.MILLISECONDS);
    }

    private void happen() {
        if (mode.equals("connector-failure")) {
            context.raiseError(new ConnectException("the connector was asked to fail"));
            return;
        }
        wantsOthers = true;
        context.requestTaskReconfiguration();
        context.requestTaskReconfiguration();
    }

    @Override
    public Class<? extends Task> taskClass() {
        return MockSinkTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        boolean few = mode.equals("more-tasks") ? !wantsOthers : mode.equals("fewer-tasks") && wantsOthers;
        return Stream.generate(() -> own).limit(few ? 1 : maxTasks).toList();
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
