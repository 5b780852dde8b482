import { AppError } from '@quicksilver/common/errors/app-error';
import { longBytes } from '../avro/avro-bytes.ts';
import type { ProtoCursor } from './proto-cursor.ts';
import type { MessageType } from './proto-type.ts';

/** The first message of a file, in the short form. */
const FIRST = Buffer.from([0]);
/** Maximum levels of nested messages, far more than people write. */
const LEVELS_MAX = 64;

/**
 * Reads which message of the schema follows: the number of indexes, and the place of the message in
 * each level, as zigzag varints. Confluent's wire format:
 * https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/#wire-format
 */
export function readMessageIndexes(
  cursor: ProtoCursor,
  roots: readonly MessageType[],
): MessageType {
  const count = zigzag(cursor);
  if (count < 0 || count > LEVELS_MAX) {
    throw cursor.wrong(`they name a message by ${count} indexes`);
  }
  const indexes = count === 0 ? [0] : Array.from({ length: count }, () => zigzag(cursor));
  let level = roots;
  let message: MessageType | undefined;
  for (const index of indexes) {
    message = level[index];
    if (message === undefined) {
      break;
    }
    level = message.nested;
  }
  if (message === undefined) {
    throw cursor.wrong(`the schema has no message ${indexes.join('.')}`);
  }
  return message;
}

/** The indexes of a message of the schema. */
export function messageIndexes(message: MessageType, roots: readonly MessageType[]): Buffer {
  const path = pathTo(message, roots);
  if (path === undefined) {
    throw new AppError('SCHEMA_MISMATCH', `value: the schema has no message ${message.name}.`);
  }
  return path.length === 1 && path[0] === 0
    ? FIRST
    : Buffer.concat([path.length, ...path].map((each) => longBytes(BigInt(each))));
}

function pathTo(message: MessageType, level: readonly MessageType[]): number[] | undefined {
  for (const [index, each] of level.entries()) {
    if (each === message) {
      return [index];
    }
    const below = pathTo(message, each.nested);
    if (below !== undefined) {
      return [index, ...below];
    }
  }
  return undefined;
}

function zigzag(cursor: ProtoCursor): number {
  cursor.varint();
  return (cursor.low >>> 1) ^ -(cursor.low & 1);
}
