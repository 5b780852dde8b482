import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;

/**
 * Avro's own library as the oracle of our reader. Each line of standard input is a JSON array of
 * schemas: those that the last one refers to, and that one. Each is answered by one line:
 * {"error": "why"}, or {"values": [{"hex", "json"}], "fallback": "hex of a record of valid defaults"}.
 * The JSON is what Quicksilver shows of the value. Arguments: values per schema, seed.
 */
public class AvroRecords {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DEPTH_MAX = 6;
  private static final String[] TEXTS = {"", "a", "\"\\\n\u0001/", "größer", "更大", "\ud83d\ude00", "\u2028"};
  private final Random random;

  private AvroRecords(long seed) {
    this.random = new Random(seed);
  }

  public static void main(String[] args) throws Exception {
    var records = new AvroRecords(Long.parseLong(args[1]));
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String answer = JSON.writeValueAsString(records.answer(JSON.readTree(line), Integer.parseInt(args[0])));
      System.out.write((answer + "\n").getBytes(StandardCharsets.UTF_8));
    }
    System.out.flush();
  }

  private ObjectNode answer(JsonNode texts, int count) throws Exception {
    ObjectNode answer = JSON.createObjectNode();
    Schema schema = null;
    try {
      // As the deserializers for schema registries do.
      var parser = new Schema.Parser().setValidateDefaults(false);
      for (JsonNode text : texts) {
        schema = parser.parse(text.textValue());
      }
    } catch (Exception | StackOverflowError error) {
      return answer.put("error", String.valueOf(error));
    }
    ArrayNode values = answer.putArray("values");
    try {
      for (int made = 0; made < count; made += 1) {
        Object value = value(schema, 0);
        // The second form of lists and maps has the size of each block.
        byte[] bytes = encode(schema, value, made % 2 == 1);
        values.addObject().put("hex", HexFormat.of().formatHex(bytes)).put("json", json(schema, value));
      }
    } catch (StackOverflowError | IllegalArgumentException error) {
      // Every value of the type contains another one, or an enum without symbols.
      values.removeAll();
    }
    String fallback = hasValidDefaults(texts) ? fallback(schema) : null;
    return fallback == null ? answer : answer.put("fallback", fallback);
  }

  private static boolean hasValidDefaults(JsonNode texts) {
    try {
      var parser = new Schema.Parser().setValidateDefaults(true);
      texts.forEach(text -> parser.parse(text.textValue()));
      return true;
    } catch (Exception | StackOverflowError error) {
      return false;
    }
  }

  private static String fallback(Schema schema) {
    if (schema.getType() != Schema.Type.RECORD) {
      return null;
    }
    try {
      var record = new GenericData.Record(schema);
      for (Schema.Field field : schema.getFields()) {
        record.put(field.pos(), GenericData.get().getDefaultValue(field));
      }
      return HexFormat.of().formatHex(encode(schema, record, false));
    } catch (Exception | StackOverflowError error) {
      return null;
    }
  }

  private static byte[] encode(Schema schema, Object value, boolean inBlocks) throws Exception {
    var out = new ByteArrayOutputStream();
    Encoder encoder = inBlocks
        ? new EncoderFactory().configureBlockSize(64).blockingBinaryEncoder(out, null)
        : EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<Object>(schema).write(value, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  private Object value(Schema schema, int depth) {
    switch (schema.getType()) {
      case RECORD:
        var record = new GenericData.Record(schema);
        schema.getFields().forEach(field -> record.put(field.pos(), value(field.schema(), depth + 1)));
        return record;
      case ENUM:
        var symbols = schema.getEnumSymbols();
        return new GenericData.EnumSymbol(schema, symbols.get(random.nextInt(symbols.size())));
      case ARRAY:
        List<Object> items = new ArrayList<>();
        for (int left = count(depth); left > 0; left -= 1) {
          items.add(value(schema.getElementType(), depth + 1));
        }
        return items;
      case MAP:
        Map<String, Object> members = new LinkedHashMap<>();
        for (int left = count(depth); left > 0; left -= 1) {
          members.put(text() + left, value(schema.getValueType(), depth + 1));
        }
        return members;
      case UNION:
        var branches = schema.getTypes();
        boolean ends = depth >= DEPTH_MAX && schema.getIndexNamed("null") != null;
        return ends ? null : value(branches.get(random.nextInt(branches.size())), depth);
      case FIXED:
        return new GenericData.Fixed(schema, bytes(schema.getFixedSize()));
      case BYTES:
        return ByteBuffer.wrap(bytes(random.nextInt(9) + (isDecimal(schema) ? 1 : 0)));
      case STRING:
        return text();
      case INT:
        return random.nextInt(4) == 0 ? Integer.MIN_VALUE : random.nextInt() >> random.nextInt(31);
      case LONG:
        return random.nextInt(4) == 0 ? Long.MAX_VALUE : random.nextLong() >> random.nextInt(63);
      case FLOAT:
        return Float.intBitsToFloat(random.nextInt());
      case DOUBLE:
        return random.nextBoolean() ? random.nextGaussian() : Double.longBitsToDouble(random.nextLong());
      case BOOLEAN:
        return random.nextBoolean();
      default:
        return null;
    }
  }

  private int count(int depth) {
    return depth >= DEPTH_MAX ? 0 : random.nextInt(4);
  }

  private byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private String text() {
    return TEXTS[random.nextInt(TEXTS.length)];
  }

  private static boolean isDecimal(Schema schema) {
    return schema.getLogicalType() instanceof LogicalTypes.Decimal;
  }

  private static String json(Schema schema, Object value) {
    switch (schema.getType()) {
      case RECORD:
        return schema.getFields().stream()
            .map(field -> quoted(field.name()) + ":" + json(field.schema(), ((GenericData.Record) value).get(field.pos())))
            .collect(Collectors.joining(",", "{", "}"));
      case ARRAY:
        return ((List<?>) value).stream().map(item -> json(schema.getElementType(), item))
            .collect(Collectors.joining(",", "[", "]"));
      case MAP:
        return ((Map<?, ?>) value).entrySet().stream()
            .map(member -> quoted(member.getKey().toString()) + ":" + json(schema.getValueType(), member.getValue()))
            .collect(Collectors.joining(",", "{", "}"));
      case UNION:
        return json(schema.getTypes().get(GenericData.get().resolveUnion(schema, value)), value);
      case ENUM:
      case STRING:
        return quoted(value.toString());
      case FIXED:
        return json(schema, ((GenericData.Fixed) value).bytes());
      case BYTES:
        return json(schema, ((ByteBuffer) value).array());
      case FLOAT:
        float small = (Float) value;
        return small == Math.rint(small) || !Float.isFinite(small) ? number(small, 17) : number(small, 9);
      case DOUBLE:
        return number((Double) value, 17);
      default:
        return String.valueOf(value);
    }
  }

  private static String json(Schema schema, byte[] bytes) {
    return isDecimal(schema)
        ? new BigDecimal(new BigInteger(bytes), ((LogicalTypes.Decimal) schema.getLogicalType()).getScale()).toPlainString()
        : quoted(Base64.getEncoder().encodeToString(bytes));
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      int known = "\"\\\b\f\n\r\t".indexOf(c);
      if (known >= 0) {
        out.append('\\').append("\"\\bfnrt".charAt(known));
      } else {
        out.append(c < 0x20 ? String.format("\\u%04x", (int) c) : String.valueOf(c));
      }
    }
    return out.append('"').toString();
  }

  /** The fewest digits that mean the number, of 32 or 64 bits, in the notation of JavaScript. */
  private static String number(double value, int digitsMax) {
    if (!Double.isFinite(value)) {
      return quoted(String.valueOf(value));
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded = null;
    RoundingMode mode = digitsMax == 17 ? RoundingMode.HALF_EVEN : RoundingMode.HALF_UP;
    for (int digits = 1; digits <= digitsMax; digits += 1) {
      rounded = new BigDecimal(value).round(new MathContext(digits, mode));
      if (digitsMax == 17 ? rounded.doubleValue() == value : rounded.floatValue() == (float) value) {
        break;
      }
    }
    BigDecimal shortest = rounded.stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -6 && exponent < 21) {
      return shortest.toPlainString();
    }
    String digits = shortest.unscaledValue().abs().toString();
    return (value < 0 ? "-" : "") + digits.charAt(0) + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + "e" + (exponent < 0 ? "-" : "+") + Math.abs(exponent);
  }
}
