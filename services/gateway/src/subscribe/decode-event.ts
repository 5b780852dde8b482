import { codecFor } from '@quicksilver/common/codec/codecs';
import type { KafkaRecord } from '@quicksilver/common/kafka/ports';
import type { TopicEntry } from '@quicksilver/common/topics/topic-entry';

import { parseJson } from '../load/parse-json.ts';
import type { FeedEvent } from './feed-event.ts';

/**
 * The event of a record; throws where its value is not of the topic's type. Only for records with a
 * key and a value.
 */
export function decodeEvent(
  topic: TopicEntry,
  partition: number,
  record: KafkaRecord & { readonly key: Buffer; readonly value: Buffer },
): FeedEvent {
  return {
    topic: topic.name,
    partition,
    offset: record.offset,
    value: parseJson(codecFor(topic.valueType).toJson(record.value).toString('utf8')),
    bytes: record.key.length + record.value.length,
  };
}

/** Bytes of a key as a map's key: one character per byte. */
export function keyId(key: Buffer): string {
  return key.toString('latin1');
}
