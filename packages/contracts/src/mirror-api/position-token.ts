import { AppError } from '@quicksilver/common/errors/app-error';

/**
 * The minimum offsets of a read by partition, and optionally the topic's id, which detects a
 * recreated topic. A mirror that has applied offset o has seen the record at o. Text form:
 * `0:12,3:41` or `0:12,3:41@<topic id>`.
 */
export interface Position {
  readonly offsets: ReadonlyMap<number, bigint>;
  readonly topicId?: string;
}

const OFFSET_MAX = 2n ** 63n - 1n;
const PARTITIONS_MAX = 10_000;
const FORM = /^\d{1,6}:\d{1,19}(?:,\d{1,6}:\d{1,19})*(?:@[A-Za-z0-9_-]{1,40})?$/;

export function printPosition(position: Position): string {
  const offsets = [...position.offsets].map(([partition, offset]) => `${partition}:${offset}`);
  return offsets.join(',') + (position.topicId === undefined ? '' : `@${position.topicId}`);
}

/** Throws `AppError('BAD_POSITION')`. */
export function parsePosition(text: string): Position {
  if (!FORM.test(text)) {
    throw badPosition(text);
  }
  const [list = '', topicId] = text.split('@');
  const offsets = new Map<number, bigint>();
  for (const entry of list.split(',')) {
    const [partition = '', offset = ''] = entry.split(':');
    const value = BigInt(offset);
    if (value > OFFSET_MAX || offsets.size >= PARTITIONS_MAX) {
      throw badPosition(text);
    }
    offsets.set(Number(partition), value);
  }
  return topicId === undefined ? { offsets } : { offsets, topicId };
}

function badPosition(text: string): AppError {
  return new AppError(
    'BAD_POSITION',
    `Expected positions as partition:offset, separated by commas, such as 0:12,3:41. Got: ${text}`,
  );
}
