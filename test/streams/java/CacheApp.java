import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.SlidingWindows;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;

/** The topology of record-cache.test.ts, by Kafka Streams itself, until it is stopped. It commits at records of the key "commit". */
public final class CacheApp {
  private static final class CommitsAtMarks implements FixedKeyProcessor<String, String, String> {
    private FixedKeyProcessorContext<String, String> context;

    @Override
    public void init(FixedKeyProcessorContext<String, String> context) {
      this.context = context;
    }

    @Override
    public void process(FixedKeyRecord<String, String> record) {
      if (record.key().equals("commit")) context.commit();
      else context.forward(record.withValue(record.value().equals("null") ? null : record.value()));
    }
  }

  private static Materialized<String, String, KeyValueStore<Bytes, byte[]>> stored(String name) {
    return Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(name)
        .withKeySerde(Serdes.String())
        .withValueSerde(Serdes.String());
  }

  private static String counted(Long count) {
    return count == null ? null : String.valueOf(count);
  }

  private static String named(Windowed<String> key) {
    return key.key() + "@" + key.window().start();
  }

  public static void main(String[] args) throws InterruptedException {
    String prefix = args[3];
    StreamsBuilder builder = new StreamsBuilder();
    var strings = Serdes.String();
    var out = Produced.with(strings, strings);
    KStream<String, String> in =
        builder.stream(prefix + "in", Consumed.with(strings, strings)).processValues(CommitsAtMarks::new);
    var grouped = in.filter((k, v) -> v != null).groupByKey(Grouped.with(strings, strings));
    grouped.count(Materialized.as("counts")).toStream().mapValues(CacheApp::counted).to(prefix + "out-count", out);
    grouped.aggregate(() -> "", (k, v, all) -> v.equals("x") ? null : (all.length() > 6 ? "" : all) + v, stored("aggregates"))
        .toStream()
        .to(prefix + "out-aggregate", out);
    KTable<String, String> last = grouped.reduce((x, y) -> y.equals("x") ? null : y, stored("last"));
    last.toStream().to(prefix + "out-reduce", out);
    KTable<String, String> table = in.toTable(stored("table"));
    table.toStream().to(prefix + "out-table", out);
    table.filter((k, v) -> !v.equals("a")).toStream().to(prefix + "out-filter", out);
    table.mapValues(v -> v.toUpperCase(), stored("mapped")).toStream().to(prefix + "out-mapped", out);
    table.join(last, (l, r) -> l + r, stored("joined")).toStream().to(prefix + "out-join", out);
    table.leftJoin(last, (l, r) -> l + "-" + r).toStream().to(prefix + "out-left", out);
    grouped.windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofHours(1)))
        .count(Materialized.as("tumbling"))
        .toStream((k, v) -> named(k))
        .mapValues(CacheApp::counted)
        .to(prefix + "out-tumbling", out);
    grouped.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(Duration.ofSeconds(3), Duration.ofHours(1)))
        .count(Materialized.as("sliding"))
        .toStream((k, v) -> named(k))
        .mapValues(CacheApp::counted)
        .to(prefix + "out-sliding", out);
    grouped.windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofSeconds(2), Duration.ofHours(1)))
        .count(Materialized.as("sessions"))
        .toStream((k, v) -> named(k) + "-" + k.window().end())
        .mapValues(CacheApp::counted)
        .to(prefix + "out-sessions", out);
    Properties config = new Properties();
    config.put("application.id", args[0]);
    config.put("bootstrap.servers", args[1]);
    config.put("state.dir", args[2]);
    config.put("commit.interval.ms", "3600000");
    config.put("replication.factor", "1");
    KafkaStreams streams = new KafkaStreams(builder.build(), config);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      streams.close(new KafkaStreams.CloseOptions().leaveGroup(true).timeout(Duration.ofSeconds(20)));
      ended.countDown();
    }));
    streams.start();
    ended.await();
  }
}
