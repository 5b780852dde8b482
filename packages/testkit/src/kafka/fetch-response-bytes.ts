export interface AnsweredPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode?: number;
  readonly endOffset?: bigint;
  readonly records?: Buffer;
}

/** The body of a Fetch response, version 13, as a broker writes it. */
export function fetchResponseBytes(partitions: readonly AnsweredPartition[]): Buffer {
  const topics = [...Map.groupBy(partitions, ({ topicId }) => topicId)].map(([topicId, of]) => {
    const id = Buffer.from(topicId.replaceAll('-', ''), 'hex');
    return Buffer.concat([id, compactArray(of.map(partitionBytes)), NO_TAGS]);
  });
  const throttleErrorSession = Buffer.alloc(4 + 2 + 4);
  return Buffer.concat([throttleErrorSession, compactArray(topics), NO_TAGS]);
}

const NO_TAGS = Buffer.alloc(1);

function partitionBytes(answered: AnsweredPartition): Buffer {
  const { partition, errorCode = 0, endOffset = 0n, records = Buffer.alloc(0) } = answered;
  const head = Buffer.alloc(4 + 2 + 8 + 8 + 8);
  head.writeInt32BE(partition, 0);
  head.writeInt16BE(errorCode, 4);
  head.writeBigInt64BE(endOffset, 6);
  head.writeBigInt64BE(endOffset, 14);
  const preferredReplica = Buffer.alloc(4, 0xff);
  return Buffer.concat([
    head,
    compactArray([]),
    preferredReplica,
    uvarint(records.length + 1),
    records,
    NO_TAGS,
  ]);
}

function compactArray(items: readonly Buffer[]): Buffer {
  return Buffer.concat([uvarint(items.length + 1), ...items]);
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | 128);
  }
  return Buffer.from([...bytes, rest]);
}
