/**
 * The bytes that Kafka's `BytesDeserializer` prints as text: printable ASCII stands for itself, all
 * else, the backslash included, is `\xHH`. So a tab or a line end never comes from the data.
 */
export function parseBytesText(text: string): Buffer {
  if (!text.includes('\\')) {
    return Buffer.from(text, 'latin1');
  }
  return Buffer.from(
    text.replace(/\\x([0-9A-F]{2})/g, (_all, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    'latin1',
  );
}
