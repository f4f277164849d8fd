import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.Stores;

/** Runs one workload and prints its rate: warm-up records first, then the measured ones. */
public final class StreamsEngineBench {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int KEYS = 5_000;
  private static final long MINUTE = 60_000L;
  private static final int BATCH = 1_000;
  private static final long JOIN_WINDOW = 10_000L;

  private StreamsEngineBench() {}

  private static byte[] record(int i) {
    String text =
        "{\"id\":" + i
            + ",\"customer\":\"customer-" + String.format("%04d", i % KEYS)
            + "\",\"amount\":" + (i % 1000)
            + ",\"currency\":\"EUR\",\"status\":\"" + (i % 10 == 0 ? "cancelled" : "paid")
            + "\",\"city\":\"Seoul\",\"warehouse\":\"central-7\",\"note\":\"leave the parcel with the neighbour if nobody is in\"}";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] key(int i) {
    return String.format("customer-%04d", i % KEYS).getBytes(StandardCharsets.UTF_8);
  }

  private static StreamsBuilder topology(String workload) {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, JsonNode> in = builder.stream("in", Consumed.with(Serdes.String(), Json.serde()));
    switch (workload) {
      case "filter-project" -> in.filter((k, v) -> v.get("status").asText().equals("paid"))
          .mapValues(v -> {
            ObjectNode out = Json.MAPPER.createObjectNode();
            out.set("id", v.get("id"));
            out.set("customer", v.get("customer"));
            out.set("amount", v.get("amount"));
            return (JsonNode) out;
          })
          .to("out", Produced.with(Serdes.String(), Json.serde()));
      case "count-by-key" -> in.groupByKey(Grouped.with(Serdes.String(), Json.serde()))
          .count(Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts"))
              .withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
          .toStream()
          .to("out", Produced.with(Serdes.String(), Serdes.Long()));
      case "tumbling-sum" -> in.groupByKey(Grouped.with(Serdes.String(), Json.serde()))
          .windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofMillis(MINUTE)))
          .aggregate(
              () -> 0L,
              (k, v, sum) -> sum + v.get("amount").asLong(),
              Materialized.<String, Long>as(
                      Stores.inMemoryWindowStore(
                          "sums", Duration.ofMillis(MINUTE), Duration.ofMillis(MINUTE), false))
                  .withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
          .toStream((k, v) -> k.key() + "@" + k.window().start())
          .to("out", Produced.with(Serdes.String(), Serdes.Long()));
      case "windowed-join" -> in.join(
              builder.stream("in2", Consumed.with(Serdes.String(), Json.serde())),
              (left, right) -> {
                ObjectNode out = Json.MAPPER.createObjectNode();
                out.set("left", left.get("id"));
                out.set("right", right.get("id"));
                return (JsonNode) out;
              },
              JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofMillis(JOIN_WINDOW)),
              StreamJoined.with(Serdes.String(), Json.serde(), Json.serde())
                  .withThisStoreSupplier(joinStore("left"))
                  .withOtherStoreSupplier(joinStore("right")))
          .to("out", Produced.with(Serdes.String(), Json.serde()));
      default -> throw new IllegalArgumentException(workload);
    }
    return builder;
  }

  private static org.apache.kafka.streams.state.WindowBytesStoreSupplier joinStore(String name) {
    Duration kept = Duration.ofMillis(2 * JOIN_WINDOW);
    return Stores.inMemoryWindowStore(name, kept, kept, true);
  }

  public static void main(String[] args) {
    String workload = args[0];
    int warmUp = Integer.parseInt(args[1]);
    int records = Integer.parseInt(args[2]);
    Properties config = new Properties();
    config.put("application.id", "bench");
    config.put("bootstrap.servers", "unused:1");
    config.put("statestore.cache.max.bytes", "0");
    config.put("state.dir", args[3]);
    try (TopologyTestDriver driver =
        new TopologyTestDriver(topology(workload).build(), config, Instant.ofEpochMilli(0))) {
      ByteArraySerializer bytes = new ByteArraySerializer();
      TestInputTopic<byte[], byte[]> left = driver.createInputTopic("in", bytes, bytes);
      TestInputTopic<byte[], byte[]> right =
          workload.equals("windowed-join") ? driver.createInputTopic("in2", bytes, bytes) : left;
      long step = workload.equals("windowed-join") ? 2 : 10;
      long outputs = 0;
      long elapsed = 0;
      long cpu = 0;
      byte[][] keys = new byte[BATCH][];
      byte[][] values = new byte[BATCH][];
      for (int first = 0; first < warmUp + records; first += BATCH) {
        if (first == warmUp) {
          outputs = 0;
          elapsed = 0;
          cpu = 0;
        }
        // Two records of a key follow each other on both sides of a join. Making the records is not measured.
        for (int i = 0; i < BATCH; i++) {
          int id = workload.equals("windowed-join") ? (first + i) / 2 : first + i;
          keys[i] = key(id);
          values[i] = record(id);
        }
        long start = System.nanoTime();
        long cpuStart = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < BATCH; i++) {
          (i % 2 == 0 ? left : right).pipeInput(keys[i], values[i], (first + i) * step);
        }
        outputs += drain(driver);
        elapsed += System.nanoTime() - start;
        cpu += THREADS.getCurrentThreadCpuTime() - cpuStart;
      }
      System.out.println(
          "rate " + Math.round(records / (elapsed / 1e9))
              + " cpu " + Math.round(records / (cpu / 1e9))
              + " outputs " + outputs);
    }
  }

  private static long drain(TopologyTestDriver driver) {
    long count = 0;
    for (String topic : driver.producedTopicNames()) {
      TestOutputTopic<byte[], byte[]> output =
          driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      while (!output.isEmpty()) {
        output.readRecord();
        if (topic.equals("out")) {
          count++;
        }
      }
    }
    return count;
  }
}
