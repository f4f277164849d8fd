package spillway.conformance;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** Fails with the first put after its delay, where its mode says so. */
public class MockSinkTask extends SinkTask {
    private boolean fails;
    private long failsAt;

    @Override
    public String version() {
        return "1.0.0";
    }

    @Override
    public void start(Map<String, String> props) {
        Map<String, Object> settings = MockSink.CONFIG.parse(props);
        fails = settings.get("mock.mode").equals("task-failure");
        failsAt = System.nanoTime() + (Long) settings.get("delay.ms") * 1_000_000;
        if (fails) context.timeout((Long) settings.get("delay.ms"));
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        if (fails && System.nanoTime() >= failsAt) throw new ConnectException("the task was asked to fail");
    }

    @Override
    public void stop() {
    }
}
