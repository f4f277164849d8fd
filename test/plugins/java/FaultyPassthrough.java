package spillway.conformance;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.transforms.Transformation;

/** The twin of faulty-passthrough.ts: fails once at "value-4" and always at "value-7". */
public class FaultyPassthrough<R extends ConnectRecord<R>> implements Transformation<R> {
    private boolean hasFailed;

    @Override
    public R apply(R record) {
        boolean first = "value-4".equals(record.value()) && !hasFailed;
        if (first) hasFailed = true;
        if (first || "value-7".equals(record.value())) {
            throw new RetriableException("Error when value='" + record.value() + "'");
        }
        return record;
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef();
    }

    @Override
    public void configure(Map<String, ?> configs) {
    }

    @Override
    public void close() {
    }
}
