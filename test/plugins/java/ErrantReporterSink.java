package spillway.conformance;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** The twin of errant-reporter-sink.ts: every record is reported as errant. */
public class ErrantReporterSink extends SinkConnector {
    private Map<String, String> own;

    @Override
    public String version() {
        return "1.0.0";
    }

    @Override
    public void start(Map<String, String> props) {
        own = props;
    }

    @Override
    public Class<? extends Task> taskClass() {
        return ErrantReporterSinkTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return Stream.generate(() -> own).limit(maxTasks).toList();
    }

    @Override
    public void stop() {
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef();
    }
}
