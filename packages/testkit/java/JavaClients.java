import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own Java clients at the command of a test. Each line of standard input is one command;
 * each is answered by one line, `ok` and what came of it, or `error` and why. Ends with its input.
 *
 *   producer NAME CONFIG=VALUE...               a producer; with a transactional.id it is initialised
 *   begin NAME | commit NAME | abort NAME       a transaction; an abort drops what is not flushed. The
 *                                               end is answered once its markers are in the log
 *   send NAME TOPIC PARTITION KEY VALUE [COUNT [TIMESTAMP]]
 *                                               queues COUNT records; KEY and VALUE are `null`, text
 *                                               after `=`, or `zeros:N`, `random:N` bytes
 *   flush NAME                                  answers the offsets of all that was queued since
 *   trim TOPIC PARTITION OFFSET                 deletes the records before an offset
 *   id TOPIC                                    the topic's id, 32 hexadecimal digits in five groups
 *   scram USER PASSWORD                         lets a user in, by SCRAM-SHA-256 and SCRAM-SHA-512
 *   acls OPTION...                              runs kafka-acls with these options
 *   read TOPIC                                  all committed records: partition, offset, timestamp,
 *                                               key and value in hex or `null`, headers
 */
public class JavaClients {
  private static final Map<String, KafkaProducer<byte[], byte[]>> PRODUCERS = new HashMap<>();
  private static final Map<String, String> TRANSACTIONAL_IDS = new HashMap<>();
  private static final Map<String, List<Future<RecordMetadata>>> QUEUED = new HashMap<>();
  private static final Random RANDOM = new Random(7);
  private static final HexFormat HEX = HexFormat.of();
  private static String servers;

  public static void main(String[] args) throws Exception {
    servers = args[0];
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String answer;
      try {
        answer = "ok " + run(line.split(" "));
      } catch (Exception error) {
        answer = "error " + error.toString().replace('\n', ' ');
      }
      System.out.write((answer + "\n").getBytes(StandardCharsets.UTF_8));
      System.out.flush();
    }
    // Producers with an open transaction would wait for it when they are closed.
    Runtime.getRuntime().halt(0);
  }

  private static String run(String[] words) throws Exception {
    switch (words[0]) {
      case "producer":
        return producer(words);
      case "begin":
        PRODUCERS.get(words[1]).beginTransaction();
        return "";
      case "commit":
        PRODUCERS.get(words[1]).commitTransaction();
        return awaitMarkers(words[1]);
      case "abort":
        PRODUCERS.get(words[1]).abortTransaction();
        return awaitMarkers(words[1]);
      case "send":
        return send(words);
      case "flush":
        return flush(words[1]);
      case "trim":
        return trim(words);
      case "id":
        return topicId(words[1]);
      case "scram":
        return scram(words[1], words[2]);
      case "acls":
        return acls(Arrays.copyOfRange(words, 1, words.length));
      case "read":
        return read(words[1]);
      default:
        throw new IllegalArgumentException("unknown command " + words[0]);
    }
  }

  /** Kafka 3.7 has the tool in another package. */
  private static Class<?> aclCommand() throws Exception {
    try {
      return Class.forName("org.apache.kafka.tools.AclCommand");
    } catch (ClassNotFoundException older) {
      return Class.forName("kafka.admin.AclCommand");
    }
  }

  /** The tool prints to standard output, which is for answers, and ends the process if it fails. */
  private static String acls(String[] options) throws Exception {
    var output = System.out;
    System.setOut(System.err);
    try {
      var all = new ArrayList<>(List.of("--bootstrap-server", servers));
      all.addAll(Arrays.asList(options));
      aclCommand().getMethod("main", String[].class).invoke(null, (Object) all.toArray(new String[0]));
      return "";
    } finally {
      System.setOut(output);
    }
  }

  private static String producer(String[] words) {
    Properties config = new Properties();
    config.put("bootstrap.servers", servers);
    config.put("acks", "all");
    for (String option : Arrays.copyOfRange(words, 2, words.length)) {
      String[] pair = option.split("=", 2);
      config.put(pair[0], pair[1]);
    }
    var serializer = new ByteArraySerializer();
    var producer = new KafkaProducer<byte[], byte[]>(config, serializer, serializer);
    if (config.containsKey("transactional.id")) {
      producer.initTransactions();
      TRANSACTIONAL_IDS.put(words[1], config.getProperty("transactional.id"));
    }
    PRODUCERS.put(words[1], producer);
    QUEUED.put(words[1], new ArrayList<>());
    return "";
  }

  /** The producer is told that its transaction ends before the partitions are. */
  private static String awaitMarkers(String name) throws Exception {
    String id = TRANSACTIONAL_IDS.get(name);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      while (true) {
        TransactionState state = admin.describeTransactions(List.of(id)).description(id).get().state();
        if (state != TransactionState.PREPARE_COMMIT && state != TransactionState.PREPARE_ABORT) {
          return state.toString();
        }
        Thread.sleep(5);
      }
    }
  }

  private static String send(String[] words) {
    int count = words.length > 6 ? Integer.parseInt(words[6]) : 1;
    Long timestamp = words.length > 7 ? Long.valueOf(words[7]) : null;
    for (int index = 0; index < count; index += 1) {
      var record = new ProducerRecord<byte[], byte[]>(
          words[2], Integer.parseInt(words[3]), timestamp, bytes(words[4]), bytes(words[5]));
      QUEUED.get(words[1]).add(PRODUCERS.get(words[1]).send(record));
    }
    return "";
  }

  private static byte[] bytes(String text) {
    if (text.equals("null")) {
      return null;
    }
    if (text.startsWith("=")) {
      return text.substring(1).getBytes(StandardCharsets.UTF_8);
    }
    String[] kind = text.split(":");
    byte[] bytes = new byte[Integer.parseInt(kind[1])];
    if (kind[0].equals("random")) {
      RANDOM.nextBytes(bytes);
    }
    return bytes;
  }

  private static String flush(String name) throws Exception {
    PRODUCERS.get(name).flush();
    StringBuilder offsets = new StringBuilder();
    for (Future<RecordMetadata> sent : QUEUED.get(name)) {
      offsets.append(sent.get().offset()).append(' ');
    }
    QUEUED.get(name).clear();
    return offsets.toString().trim();
  }

  private static String trim(String[] words) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      var partition = new TopicPartition(words[1], Integer.parseInt(words[2]));
      var before = RecordsToDelete.beforeOffset(Long.parseLong(words[3]));
      admin.deleteRecords(Map.of(partition, before)).all().get();
    }
    return "";
  }

  private static String topicId(String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      var id = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).topicId();
      return new java.util.UUID(id.getMostSignificantBits(), id.getLeastSignificantBits()).toString();
    }
  }

  private static String scram(String user, String password) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      for (var mechanism : List.of(ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512)) {
        var info = new ScramCredentialInfo(mechanism, 4096);
        var change = new UserScramCredentialUpsertion(user, info, password);
        admin.alterUserScramCredentials(List.of(change)).all().get();
      }
    }
    return "";
  }

  private static String read(String topic) {
    Map<String, Object> config = Map.of("bootstrap.servers", servers, "isolation.level", "read_committed",
        "allow.auto.create.topics", false);
    var deserializer = new ByteArrayDeserializer();
    StringBuilder out = new StringBuilder();
    try (var consumer = new KafkaConsumer<byte[], byte[]>(config, deserializer, deserializer)) {
      List<TopicPartition> partitions = new ArrayList<>();
      consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          print(out, record);
        }
      }
    }
    return out.toString();
  }

  private static void print(StringBuilder out, ConsumerRecord<byte[], byte[]> record) {
    out.append(record.partition()).append(',').append(record.offset()).append(',');
    out.append(record.timestamp()).append(',').append(hex(record.key())).append(',').append(hex(record.value()));
    for (Header header : record.headers()) {
      out.append(',').append(header.key()).append('=').append(hex(header.value()));
    }
    out.append(' ');
  }

  private static String hex(byte[] bytes) {
    return bytes == null ? "null" : HEX.formatHex(bytes);
  }
}
