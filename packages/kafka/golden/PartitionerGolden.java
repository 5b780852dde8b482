import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.DoubleSerializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Prints where Kafka's own Java client puts 2,000 keys of each type: the golden values of the
 * partitioner. Run it with Kafka's jars, from this folder:
 *
 *   java -cp '<jars>/*' PartitionerGolden.java > partitioner.golden.txt
 *
 * A line is: type, the serialized key in hex ("-" when it is empty), murmur2 in hex, and the
 * partition of the key among 1, 2, 3, 5, 6, 7, 12 and 50 partitions, separated by dots.
 */
public class PartitionerGolden {
  private static final int KEYS = 2000;
  private static final int[] PARTITIONS = {1, 2, 3, 5, 6, 7, 12, 50};
  private static final String[] ALPHABETS = {
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "0123456789", " -_.:/,%\"\\\t\n",
    "äöüßéñøπжщ日本語한국", "\uD83D\uDE00\uD83D\uDE80\uD83C\uDF0D",
  };

  private static final StringBuilder OUT = new StringBuilder();
  private static final Random RANDOM = new Random(20240229);

  public static void main(String[] args) {
    print("string", new StringSerializer(), PartitionerGolden::text,
        "", "a", "42", "JFK", "00", "null", "\u0000", "\uFFFF", "e\u0301", "\u00e9", "x".repeat(100));
    print("int32", new IntegerSerializer(), RANDOM::nextInt,
        0, 1, -1, 42, 255, 256, Integer.MAX_VALUE, Integer.MIN_VALUE);
    print("int64", new LongSerializer(), RANDOM::nextLong,
        0L, 1L, -1L, 42L, (1L << 53) - 1, (1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE);
    print("double", new DoubleSerializer(), () -> Double.longBitsToDouble(RANDOM.nextLong()),
        0.0, -0.0, 1.0, -1.5, 0.1, Double.MIN_VALUE, Double.MAX_VALUE, Double.NaN,
        Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
    print("bytes", new ByteArraySerializer(), PartitionerGolden::bytes, new byte[0], new byte[] {0},
        new byte[] {-1}, new byte[] {-1, -1, -1}, new byte[] {-128, 127, -128, 127, 0});
    System.out.write(OUT.toString().getBytes(StandardCharsets.US_ASCII), 0, OUT.length());
    System.out.flush();
  }

  @SafeVarargs
  private static <T> void print(String type, Serializer<T> serializer, Supplier<T> next, T... first) {
    for (int index = 0; index < KEYS; index += 1) {
      T key = index < first.length ? first[index] : next.get();
      byte[] bytes = serializer.serialize("topic", key);
      OUT.append(type).append(' ');
      OUT.append(bytes.length == 0 ? "-" : HexFormat.of().formatHex(bytes)).append(' ');
      OUT.append(HexFormat.of().toHexDigits(Utils.murmur2(bytes)));
      char separator = ' ';
      for (int partitions : PARTITIONS) {
        OUT.append(separator).append(BuiltInPartitioner.partitionForKey(bytes, partitions));
        separator = '.';
      }
      OUT.append('\n');
    }
  }

  private static String text() {
    String alphabet = ALPHABETS[RANDOM.nextInt(ALPHABETS.length)];
    int[] letters = alphabet.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int left = RANDOM.nextInt(9); left >= 0; left -= 1) {
      text.appendCodePoint(letters[RANDOM.nextInt(letters.length)]);
    }
    return text.toString();
  }

  private static byte[] bytes() {
    byte[] bytes = new byte[RANDOM.nextInt(17)];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
