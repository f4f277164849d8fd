import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;

/** Runs one workload of bench/streams.bench.ts on Kafka until it is stopped. */
public final class StreamsKafkaBench {
  private StreamsKafkaBench() {}

  private static StreamsBuilder topology(String workload, String prefix) {
    StreamsBuilder builder = new StreamsBuilder();
    Serde<String> string = Serdes.String();
    KStream<String, JsonNode> orders = builder.stream(prefix + "orders", Consumed.with(string, Json.serde()));
    String out = prefix + "out";
    switch (workload) {
      case "stateless" -> orders.filter((k, v) -> v.get("paid").asBoolean())
          .mapValues(v -> {
            ObjectNode result = Json.MAPPER.createObjectNode();
            result.set("id", v.get("id"));
            result.set("customer", v.get("customer"));
            result.set("amount", v.get("amount"));
            return (JsonNode) result;
          })
          .to(out, Produced.with(string, Json.serde()));
      case "re-key" -> orders.selectKey((k, v) -> v.get("city").asText())
          .repartition(org.apache.kafka.streams.kstream.Repartitioned.<String, JsonNode>as("by-city")
              .withKeySerde(string).withValueSerde(Json.serde()))
          .filter((k, v) -> v.get("paid").asBoolean())
          .to(out, Produced.with(string, Json.serde()));
      case "count", "count-cached", "count-eos" -> orders.groupByKey(Grouped.with(string, Json.serde()))
          .count(Materialized.as("counts"))
          .toStream()
          .to(out, Produced.with(string, Serdes.Long()));
      case "tumbling" -> orders.groupByKey(Grouped.with(string, Json.serde()))
          .windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofMinutes(1)))
          .aggregate(() -> 0L, (k, v, sum) -> sum + 1,
              Materialized.<String, Long, org.apache.kafka.streams.state.WindowStore<org.apache.kafka.common.utils.Bytes, byte[]>>as("sums")
                  .withKeySerde(string).withValueSerde(Serdes.Long()))
          .toStream((k, v) -> k.key() + "@" + k.window().start())
          .to(out, Produced.with(string, Serdes.Long()));
      case "table-join" -> orders.join(
              builder.table(prefix + "customers", Consumed.with(string, string), Materialized.as("customers")),
              (order, name) -> {
                ObjectNode result = Json.MAPPER.createObjectNode();
                result.set("id", order.get("id"));
                result.put("name", name);
                return (JsonNode) result;
              },
              Joined.with(string, Json.serde(), string))
          .to(out, Produced.with(string, Json.serde()));
      case "stream-join" -> orders.join(
              builder.stream(prefix + "payments", Consumed.with(string, Json.serde())),
              (left, right) -> {
                ObjectNode result = Json.MAPPER.createObjectNode();
                result.set("order", left.get("id"));
                result.set("payment", right.get("id"));
                return (JsonNode) result;
              },
              JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofSeconds(10)),
              StreamJoined.with(string, Json.serde(), Json.serde()).withName("pay").withStoreName("pay"))
          .to(out, Produced.with(string, Json.serde()));
      default -> throw new IllegalArgumentException(workload);
    }
    return builder;
  }

  public static void main(String[] args) throws InterruptedException {
    String workload = args[0];
    Properties config = new Properties();
    config.put("application.id", args[1]);
    config.put("bootstrap.servers", args[2]);
    config.put("state.dir", args[3]);
    config.put("commit.interval.ms", args[5]);
    config.put("statestore.cache.max.bytes", workload.equals("count-cached") ? "10485760" : "0");
    config.put("replication.factor", "1");
    config.put("num.stream.threads", "1");
    boolean isExact = workload.equals("count-eos");
    if (isExact) config.put("processing.guarantee", "exactly_once_v2");
    KafkaStreams streams = new KafkaStreams(topology(workload, args[4]).build(), config);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      if (isExact) streams.metrics().values().stream()
          .filter(metric -> metric.metricName().group().equals("stream-thread-metrics"))
          .filter(metric -> metric.metricName().name().matches("commit-latency-(avg|max)"))
          .forEach(metric -> System.err.println("# java " + metric.metricName().name() + " " + metric.metricValue() + " ms"));
      streams.close(Duration.ofSeconds(20));
      ended.countDown();
    }));
    streams.start();
    ended.await();
  }
}
