package spillway.conformance;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

public class ErrantReporterSinkTask extends SinkTask {
    @Override
    public String version() {
        return "1.0.0";
    }

    @Override
    public void start(Map<String, String> props) {
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        for (SinkRecord record : records) {
            context.errantRecordReporter().report(record, new ConnectException("reported"));
        }
    }

    @Override
    public void stop() {
    }
}
