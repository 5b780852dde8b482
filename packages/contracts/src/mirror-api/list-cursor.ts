import { createHash } from 'node:crypto';

import { AppError } from '@quicksilver/common/errors/app-error';

/** The next position of a list: a partition, and the stored key before it if there is one. */
export interface ListCursor {
  readonly partition: number;
  readonly after: Buffer | undefined;
}

const VERSION = 1;
const HEAD_BYTES = 6;
const CHECK_BYTES = 8;
/** Longer cursors would exceed the header limit anyway. */
const TEXT_MAX = 120_000;

/** Opaque text: version, partition, flag, key, and a checksum over them and the topic's name. */
export function printCursor(topic: string, cursor: ListCursor): string {
  const head = Buffer.alloc(HEAD_BYTES);
  head[0] = VERSION;
  head.writeUInt32BE(cursor.partition, 1);
  head[5] = cursor.after === undefined ? 0 : 1;
  const content = Buffer.concat([head, cursor.after ?? Buffer.alloc(0)]);
  return Buffer.concat([checkOf(topic, content), content]).toString('base64url');
}

/** Throws `AppError('BAD_CURSOR')` for anything that `printCursor` did not print for this topic. */
export function parseCursor(topic: string, text: string): ListCursor {
  const bytes = Buffer.from(text.length > TEXT_MAX ? '' : text, 'base64url');
  const content = bytes.subarray(CHECK_BYTES);
  if (
    content.length < HEAD_BYTES ||
    // Only one spelling is valid, because decoding ignores invalid base64.
    bytes.toString('base64url') !== text ||
    !bytes.subarray(0, CHECK_BYTES).equals(checkOf(topic, content)) ||
    content[0] !== VERSION
  ) {
    throw new AppError(
      'BAD_CURSOR',
      `The cursor was not issued for topic ${topic}. Start again without a cursor.`,
    );
  }
  return {
    partition: content.readUInt32BE(1),
    after: content[5] === 1 ? content.subarray(HEAD_BYTES) : undefined,
  };
}

function checkOf(topic: string, content: Buffer): Buffer {
  return createHash('sha256')
    .update(String(Buffer.byteLength(topic)))
    .update(':')
    .update(topic)
    .update(content)
    .digest()
    .subarray(0, CHECK_BYTES);
}
