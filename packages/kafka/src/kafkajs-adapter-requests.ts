import type {
  FetchRequest,
  LogDirsAnswer,
  MetadataAnswer,
  ProduceRequest,
  SequencedBatch,
} from './cluster/broker.ts';
import type {
  KafkajsEncoder,
  KafkajsInternals,
  KafkajsRequest,
} from './kafkajs-adapter-internals.ts';
import { WireReader } from './records/wire-reader.ts';

const ACKS_ALL = -1;
const READ_COMMITTED = 1;
const NO_TAGS = 0;

/** Requests that kafkajs cannot encode: by topic id, and batches with their own epochs. */
export class KafkajsRequests {
  readonly #internals: KafkajsInternals;

  constructor(internals: KafkajsInternals) {
    this.#internals = internals;
  }

  /** Null, which has the length zero, means all topics. */
  metadata(topics: readonly string[] | null, operations: boolean): KafkajsRequest {
    const body = this.#flexibleBody().writeUVarInt(topics === null ? 0 : topics.length + 1);
    for (const topic of topics ?? []) {
      body.writeBuffer(Buffer.alloc(16)).writeUVarIntString(topic).writeUVarInt(NO_TAGS);
    }
    // Never create the topics.
    body
      .writeInt8(0)
      .writeInt8(operations ? 1 : 0)
      .writeUVarInt(NO_TAGS);
    return { apiKey: 3, apiVersion: 12, apiName: 'Metadata', encode: () => Promise.resolve(body) };
  }

  /** Of all topics: a null array. */
  logDirs(): KafkajsRequest {
    const body = this.#flexibleBody().writeUVarInt(0).writeUVarInt(NO_TAGS);
    const encode = (): Promise<KafkajsEncoder> => Promise.resolve(body);
    return { apiKey: 35, apiVersion: 4, apiName: 'DescribeLogDirs', encode };
  }

  fetch(request: FetchRequest): KafkajsRequest {
    const byTopic = Map.groupBy(request.targets, (target) => target.topicId);
    const body = this.#flexibleBody()
      .writeInt32(-1) // not a replica
      .writeInt32(request.maxWaitMs)
      .writeInt32(1) // bytes at least
      .writeInt32(request.maxBytes)
      .writeInt8(READ_COMMITTED)
      .writeInt32(0) // no session
      .writeInt32(-1)
      .writeUVarInt(byTopic.size + 1);
    for (const [topicId, targets] of byTopic) {
      body.writeBuffer(Buffer.from(topicId.replaceAll('-', ''), 'hex'));
      body.writeUVarInt(targets.length + 1);
      for (const { partition, offset } of targets) {
        body
          .writeInt32(partition)
          .writeInt32(-1) // any leader epoch
          .writeInt64(offset)
          .writeInt32(-1)
          .writeInt64(-1) // the log start is a replica's
          .writeInt32(request.maxBytesPerPartition)
          .writeUVarInt(NO_TAGS);
      }
      body.writeUVarInt(NO_TAGS);
    }
    body.writeUVarInt(1).writeUVarIntString('').writeUVarInt(NO_TAGS);
    return { apiKey: 1, apiVersion: 13, apiName: 'Fetch', encode: () => Promise.resolve(body) };
  }

  produce(request: ProduceRequest): KafkajsRequest {
    const encode = async (): Promise<KafkajsEncoder> => {
      const byTopic = Map.groupBy(request.batches, (batch) => batch.topic);
      const body = new this.#internals.Encoder()
        .writeString(null)
        .writeInt16(ACKS_ALL)
        .writeInt32(request.timeoutMs)
        .writeInt32(byTopic.size);
      for (const [topic, batches] of byTopic) {
        body.writeString(topic).writeInt32(batches.length);
        for (const batch of batches) {
          const records = await this.#batch(batch);
          body.writeInt32(batch.partition).writeInt32(records.size()).writeEncoder(records);
        }
      }
      return body;
    };
    return { apiKey: 0, apiVersion: 7, apiName: 'Produce', encode };
  }

  #batch(batch: SequencedBatch): Promise<KafkajsEncoder> {
    const now = BigInt(Date.now());
    const times = batch.records.map(({ timestamp = now }) => timestamp);
    const [firstTimestamp = now] = times;
    const records = batch.records.map(({ key, value, headers = [] }, offsetDelta) => {
      const byName: Record<string, Buffer[]> = {};
      for (const [name, bytes] of headers) {
        (byName[name] ??= []).push(bytes);
      }
      const timestampDelta = Number((times[offsetDelta] ?? now) - firstTimestamp);
      const record = { offsetDelta, timestampDelta, key, value, headers: byName };
      return this.#internals.encodeRecord(record);
    });
    return this.#internals.encodeBatch({
      records,
      firstTimestamp: Number(firstTimestamp),
      maxTimestamp: Number(
        times.reduce((one, other) => (one > other ? one : other), firstTimestamp),
      ),
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      firstSequence: batch.firstSequence,
      lastOffsetDelta: records.length - 1,
    });
  }

  /** The request header of kafkajs lacks the tagged fields at its end. */
  #flexibleBody(): KafkajsEncoder {
    return new this.#internals.Encoder().writeUVarInt(NO_TAGS);
  }
}

/** The body of a Metadata response, version 12, including the tagged fields of its header. */
export function readMetadataResponse(body: Buffer): MetadataAnswer {
  const reader = new WireReader(body);
  reader.skipTags();
  reader.int32(); // throttle time
  const brokers = reader.compactArray(() => {
    const broker = {
      nodeId: reader.int32(),
      host: reader.compactString() ?? '',
      port: reader.int32(),
    };
    reader.compactString(); // rack
    reader.skipTags();
    return broker;
  });
  reader.compactString(); // cluster id
  const controllerId = reader.int32();
  const topics = reader.compactArray(() => readTopic(reader));
  return { brokers, controllerId, topics };
}

function readTopic(reader: WireReader): MetadataAnswer['topics'][number] {
  const errorCode = reader.int16();
  const topic = reader.compactString() ?? '';
  const topicId = reader.uuid();
  reader.boolean(); // internal
  const partitions = reader.compactArray(() => {
    reader.int16(); // error code; the leader is -1 then
    const entry = [reader.int32(), reader.int32()] as const;
    reader.int32(); // leader epoch
    for (let list = 0; list < 3; list += 1) {
      reader.compactArray(() => reader.int32()); // replicas, in sync, offline
    }
    reader.skipTags();
    return entry;
  });
  const operations = reader.int32();
  reader.skipTags();
  return { errorCode, topic, topicId, operations, leaders: new Map(partitions) };
}

/** The body of a DescribeLogDirs response, version 4, including the tagged fields of its header. */
export function readLogDirsResponse(body: Buffer): LogDirsAnswer {
  const reader = new WireReader(body);
  reader.skipTags();
  reader.int32(); // throttle time
  const errorCode = reader.int16();
  const directories = reader.compactArray(() => {
    const directory = { errorCode: reader.int16(), partitions: readDirectory(reader) };
    reader.int64(); // total bytes
    reader.int64(); // usable bytes
    reader.skipTags();
    return directory;
  });
  return {
    errorCode: errorCode || (directories.find((each) => each.errorCode !== 0)?.errorCode ?? 0),
    partitions: directories.flatMap(({ partitions }) => partitions),
  };
}

function readDirectory(reader: WireReader): LogDirsAnswer['partitions'] {
  reader.compactString(); // path
  const topics = reader.compactArray(() => {
    const topic = reader.compactString() ?? '';
    const partitions = reader.compactArray(() => {
      const size = { topic, partition: reader.int32(), bytes: reader.int64() };
      reader.int64(); // offset lag
      reader.boolean(); // future replica
      reader.skipTags();
      return size;
    });
    reader.skipTags();
    return partitions;
  });
  return topics.flat();
}
