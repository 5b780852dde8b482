import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.apicurio.registry.serde.avro.AvroKafkaDeserializer;
import io.apicurio.registry.serde.avro.AvroKafkaSerializer;
import io.apicurio.registry.serde.jsonschema.JsonSchemaKafkaDeserializer;
import io.apicurio.registry.serde.jsonschema.JsonSchemaKafkaSerializer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * Kafka's Java clients and Kafka Streams with the serializers of Apicurio, in Confluent's wire format.
 * Arguments: the action, the server, the registry, then:
 *
 * <p>`write` or `verify`, seed, count, schema file, topic of Avro, topic of JSON Schema: writes random values with the
 * keys 0, 1 and so on, or compares them with the records of the keys i0, i1 and so on.
 *
 * <p>`streams`, count, schema file, input, output: copies JSON with text keys to Avro with keys of type long.
 */
public class RegistrySerdes {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration DEADLINE = Duration.ofSeconds(120);
  private static final String[] TEXTS = {"", "a", "\"\\\n\u0001/", "größer", "更大", "\ud83d\ude00", "\u2028"};
  private static final double[] DOUBLES = {0, 1.5, -0.1, 5e-324, Double.MAX_VALUE, Double.NaN, Double.NEGATIVE_INFINITY};
  private final String server;
  private final Map<String, Object> serdes;

  private RegistrySerdes(String server, String registry) {
    this.server = server;
    this.serdes =
        Map.of(
            "apicurio.registry.url", registry,
            "apicurio.registry.as-confluent", true,
            "apicurio.registry.headers.enabled", false,
            "apicurio.registry.use-id", "contentId",
            "apicurio.registry.find-latest", true);
  }

  public static void main(String[] args) throws Exception {
    var program = new RegistrySerdes(args[1], args[2]);
    if (args[0].equals("streams")) {
      program.stream(Integer.parseInt(args[3]), schemaOf(args[4]), args[5], args[6]);
      return;
    }
    var random = new Random(Long.parseLong(args[3]));
    int count = Integer.parseInt(args[4]);
    Schema schema = schemaOf(args[5]);
    List<GenericRecord> records = several(count, () -> record(schema, random, 0));
    List<JsonNode> objects = several(count, () -> object(random));
    if (args[0].equals("write")) {
      program.write(args[6], records, new AvroKafkaSerializer<GenericRecord>());
      program.write(args[7], objects, new JsonSchemaKafkaSerializer<JsonNode>());
    } else {
      program.verify(args[6], records, new AvroKafkaDeserializer<GenericRecord>(), Function.identity());
      // Jackson reads a small number as an int.
      program.verify(args[7], objects, new JsonSchemaKafkaDeserializer<JsonNode>(), RegistrySerdes::reread);
    }
  }

  private static Schema schemaOf(String file) throws Exception {
    return new Schema.Parser().parse(Files.readString(Path.of(file)));
  }

  private static JsonNode reread(JsonNode node) {
    try {
      return JSON.readTree(node.toString());
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  private interface Make<T> {
    T next();
  }

  private static <T> List<T> several(int count, Make<T> make) {
    var list = new ArrayList<T>();
    for (int made = 0; made < count; made += 1) {
      list.add(make.next());
    }
    return list;
  }

  private static String text(Random random) {
    return TEXTS[random.nextInt(TEXTS.length)] + TEXTS[random.nextInt(TEXTS.length)];
  }

  private static GenericRecord record(Schema schema, Random random, int depth) {
    var record = new GenericData.Record(schema);
    record.put("small", random.nextInt() >> random.nextInt(32));
    record.put("large", random.nextLong() >> random.nextInt(64));
    record.put("ratio", DOUBLES[random.nextInt(DOUBLES.length)]);
    record.put("shortRatio", random.nextFloat());
    record.put("isGood", random.nextBoolean());
    record.put("text", text(random));
    record.put("raw", ByteBuffer.wrap(octets(random, random.nextInt(20))));
    record.put("hash", new GenericData.Fixed(schema.getField("hash").schema(), octets(random, 5)));
    Schema state = schema.getField("state").schema();
    record.put("state", new GenericData.EnumSymbol(state, state.getEnumSymbols().get(random.nextInt(3))));
    record.put("price", ByteBuffer.wrap(java.math.BigInteger.valueOf(random.nextLong()).toByteArray()));
    record.put("at", random.nextLong() >> 18);
    record.put("day", random.nextInt() >> 12);
    record.put("numbers", several(random.nextInt(4), random::nextLong));
    var counts = new HashMap<String, Long>();
    counts.put(text(random), random.nextLong());
    record.put("counts", counts);
    Object[] branches = {null, text(random), random.nextLong()};
    record.put("maybe", branches[random.nextInt(3)]);
    record.put("next", depth < 4 && random.nextInt(5) < 2 ? record(schema, random, depth + 1) : null);
    return record;
  }

  private static byte[] octets(Random random, int count) {
    var bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static JsonNode object(Random random) {
    ObjectNode object = JSON.createObjectNode();
    object.put("id", random.nextLong() >> random.nextInt(64)).put("ratio", random.nextGaussian());
    object.put("text", text(random)).put("isGood", random.nextBoolean());
    object.putArray("tags").add(text(random));
    object.putObject("next").put("id", random.nextInt()).putObject("counts").put("a", random.nextLong());
    return reread(object);
  }

  private <T> void write(String topic, List<T> values, Serializer<T> serializer) throws Exception {
    serializer.configure(serdes, false);
    var config = Map.<String, Object>of("bootstrap.servers", server, "acks", "all");
    try (var producer = new KafkaProducer<>(config, new StringSerializer(), serializer)) {
      var results = new ArrayList<java.util.concurrent.Future<?>>();
      for (int at = 0; at < values.size(); at += 1) {
        results.add(producer.send(new ProducerRecord<>(topic, String.valueOf(at), values.get(at))));
      }
      for (var result : results) {
        result.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  private <T> void verify(String topic, List<T> values, Deserializer<T> deserializer, Function<T, T> normal) {
    deserializer.configure(serdes, false);
    var stored = new HashMap<String, T>();
    try (var consumer =
        new KafkaConsumer<>(
            Map.<String, Object>of("bootstrap.servers", server), new StringDeserializer(), deserializer)) {
      var partitions =
          consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long end = System.nanoTime() + DEADLINE.toNanos();
      while (stored.size() < values.size()) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException(stored.size() + " of " + values.size() + " records were read.");
        }
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          if (record.key().startsWith("i")) {
            stored.put(record.key(), normal.apply(record.value()));
          }
        }
      }
    }
    for (int at = 0; at < values.size(); at += 1) {
      if (!values.get(at).equals(stored.get("i" + at))) {
        throw new IllegalStateException(at + ": " + values.get(at) + " differs from " + stored.get("i" + at));
      }
    }
  }

  private void stream(int count, Schema schema, String input, String output) throws Exception {
    var serializer = new AvroKafkaSerializer<GenericRecord>();
    serializer.configure(serdes, false);
    var copies = new CountDownLatch(count);
    var builder = new StreamsBuilder();
    builder.stream(input, Consumed.with(Serdes.String(), Serdes.String()))
        .map((key, value) -> KeyValue.pair(Long.valueOf(key), named(schema, value)))
        .peek((key, value) -> copies.countDown())
        .to(output, Produced.with(Serdes.Long(), Serdes.serdeFrom(serializer, new AvroKafkaDeserializer<>())));
    var config = new Properties();
    config.put("bootstrap.servers", server);
    config.put("application.id", output);
    config.put("auto.offset.reset", "earliest");
    config.put("state.dir", Files.createTempDirectory("streams").toString());
    try (var streams = new KafkaStreams(builder.build(), config)) {
      streams.start();
      if (!copies.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException(copies.getCount() + " of " + count + " records were not copied.");
      }
    }
  }

  private static GenericRecord named(Schema schema, String json) {
    try {
      var record = new GenericData.Record(schema);
      record.put("name", JSON.readTree(json).get("name").textValue());
      return record;
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }
}
