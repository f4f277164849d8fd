import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Values;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.storage.SimpleHeaderConverter;

/**
 * Asks Kafka Connect's own converters: one JSON command per line in, one JSON answer per line out.
 *
 * decode   {config, bytes}: JsonConverter.toConnectData, the result described with its types
 * recode   {config, encodeConfig, bytes}: decoded, then written again by JsonConverter.fromConnectData
 * header   {text}: SimpleHeaderConverter.toConnectHeader of the text, described, and Values.convertToString of it
 */
public final class ConnectOracle {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Map<String, JsonConverter> CONVERTERS = new HashMap<>();

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      ObjectNode answer = NODES.objectNode();
      try {
        answer(MAPPER.readTree(line), answer);
      } catch (Throwable error) {
        answer.removeAll();
        answer.put("error", error.getClass().getName());
        answer.put("message", String.valueOf(error.getMessage()));
      }
      out.println(MAPPER.writer().without(JsonGenerator.Feature.AUTO_CLOSE_TARGET).writeValueAsString(answer));
      out.flush();
    }
  }

  private static void answer(JsonNode command, ObjectNode answer) {
    switch (command.get("op").asText()) {
      case "decode":
        describe(converter(command.get("config")).toConnectData("t", bytes(command)), answer);
        break;
      case "recode":
        SchemaAndValue value = converter(command.get("config")).toConnectData("t", bytes(command));
        byte[] again = converter(command.get("encodeConfig")).fromConnectData("t", value.schema(), value.value());
        answer.put("bytes", again == null ? null : Base64.getEncoder().encodeToString(again));
        break;
      case "header":
        byte[] text = command.get("text").asText().getBytes(StandardCharsets.UTF_8);
        SchemaAndValue header = new SimpleHeaderConverter().toConnectHeader("t", "h", text);
        describe(header, answer);
        answer.put("text", Values.convertToString(header.schema(), header.value()));
        break;
      default:
        throw new IllegalArgumentException("Unknown op " + command.get("op"));
    }
  }

  private static byte[] bytes(JsonNode command) {
    return Base64.getDecoder().decode(command.get("bytes").asText());
  }

  private static JsonConverter converter(JsonNode config) {
    return CONVERTERS.computeIfAbsent(config.toString(), key -> {
      Map<String, Object> settings = new HashMap<>();
      config.fields().forEachRemaining(entry -> settings.put(entry.getKey(), entry.getValue().asText()));
      JsonConverter made = new JsonConverter();
      made.configure(settings, false);
      return made;
    });
  }

  private static void describe(SchemaAndValue value, ObjectNode answer) {
    answer.set("schema", describeSchema(value.schema()));
    answer.set("value", describeValue(value.value()));
  }

  private static JsonNode describeSchema(Schema schema) {
    if (schema == null) return NODES.nullNode();
    ObjectNode node = NODES.objectNode();
    node.put("type", schema.type().name());
    node.put("optional", schema.isOptional());
    node.put("name", schema.name());
    node.put("version", schema.version());
    node.put("doc", schema.doc());
    ObjectNode parameters = node.putObject("parameters");
    if (schema.parameters() != null) schema.parameters().forEach(parameters::put);
    node.set("default", describeValue(schema.defaultValue()));
    if (schema.type() == Schema.Type.STRUCT) {
      ArrayNode fields = node.putArray("fields");
      for (Field field : schema.fields()) {
        fields.add(NODES.arrayNode().add(field.name()).add(describeSchema(field.schema())));
      }
    }
    if (schema.type() == Schema.Type.MAP) node.set("keys", describeSchema(schema.keySchema()));
    if (schema.type() == Schema.Type.MAP || schema.type() == Schema.Type.ARRAY) {
      node.set("values", describeSchema(schema.valueSchema()));
    }
    return node;
  }

  private static JsonNode describeValue(Object value) {
    if (value == null) return NODES.nullNode();
    ArrayNode node = NODES.arrayNode().add(value.getClass().getSimpleName());
    if (value instanceof Struct) {
      Struct struct = (Struct) value;
      List<Field> fields = struct.schema().fields();
      node.set(0, NODES.textNode("Struct"));
      for (Field field : fields) node.add(describeValue(struct.getWithoutDefault(field.name())));
    } else if (value instanceof Map) {
      node.set(0, NODES.textNode("Map"));
      List<String> entries = new ArrayList<>();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        entries.add(describeValue(entry.getKey()) + "=" + describeValue(entry.getValue()));
      }
      entries.sort(null);
      entries.forEach(node::add);
    } else if (value instanceof List) {
      node.set(0, NODES.textNode("List"));
      for (Object item : (List<?>) value) node.add(describeValue(item));
    } else if (value instanceof byte[]) {
      node.set(0, NODES.textNode("Bytes"));
      node.add(Base64.getEncoder().encodeToString((byte[]) value));
    } else if (value instanceof ByteBuffer) {
      ByteBuffer buffer = ((ByteBuffer) value).duplicate();
      byte[] copy = new byte[buffer.remaining()];
      buffer.get(copy);
      node.set(0, NODES.textNode("Bytes"));
      node.add(Base64.getEncoder().encodeToString(copy));
    } else if (value instanceof BigDecimal) {
      BigDecimal decimal = (BigDecimal) value;
      node.add(decimal.unscaledValue().toString()).add(decimal.scale());
    } else if (value instanceof java.util.Date) {
      node.set(0, NODES.textNode("Date"));
      node.add(((java.util.Date) value).getTime());
    } else if (value instanceof Float) {
      node.add(String.format("%08x", Float.floatToIntBits((Float) value)));
    } else if (value instanceof Double) {
      node.add(String.format("%016x", Double.doubleToLongBits((Double) value)));
    } else {
      node.add(value.toString());
    }
    return node;
  }
}
