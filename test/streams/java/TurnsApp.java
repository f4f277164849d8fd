import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.TimeWindows;

/** The topology of java-turns.test.ts, by Kafka Streams itself, until it is stopped. */
public final class TurnsApp {
  public static void main(String[] args) throws InterruptedException {
    String prefix = args[3];
    StreamsBuilder builder = new StreamsBuilder();
    var strings = Serdes.String();
    KStream<String, String> in = builder.stream(prefix + "in", Consumed.with(strings, strings));
    var grouped = in.groupByKey(Grouped.with(strings, strings));
    var out = Produced.with(strings, strings);
    grouped.count(Materialized.as("kv")).toStream().mapValues(String::valueOf).to(prefix + "out-kv", out);
    grouped.windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(60), Duration.ofHours(1)))
        .count(Materialized.as("windows"))
        .toStream((k, v) -> k.key() + "@" + k.window().start())
        .mapValues(String::valueOf)
        .to(prefix + "out-windows", out);
    grouped.windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofSeconds(10), Duration.ofHours(1)))
        .count(Materialized.as("sessions"))
        .toStream((k, v) -> k.key() + "@" + k.window().start() + "-" + k.window().end())
        .mapValues(v -> v == null ? null : String.valueOf(v))
        .to(prefix + "out-sessions", out);
    in.selectKey((k, v) -> v.substring(0, 1))
        .repartition(Repartitioned.<String, String>as("letters").withKeySerde(strings).withValueSerde(strings))
        .groupByKey(Grouped.with(strings, strings))
        .count(Materialized.as("by-letter"))
        .toStream()
        .mapValues(String::valueOf)
        .to(prefix + "out-letters", out);
    Properties config = new Properties();
    config.put("application.id", args[0]);
    config.put("bootstrap.servers", args[1]);
    config.put("state.dir", args[2]);
    config.put("commit.interval.ms", "100");
    config.put("statestore.cache.max.bytes", "0");
    config.put("replication.factor", "1");
    config.put("processing.guarantee", args[4]);
    config.put("session.timeout.ms", "6000");
    config.put("heartbeat.interval.ms", "500");
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
