import { canonicalKey, keyToJson } from '@quicksilver/codec/codecs';
import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { ValueReader } from '@quicksilver/codec/registry/avro-values';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import { parseJson } from '@quicksilver/common/numbers/parse-json';
import type { FeedEvent } from './feed-event.ts';

/**
 * The event of a record, its value read by `values`; throws where it is not of the topic's types. Only for records with a key: no
 * one can ask for one without.
 */
export function decodeEvent(
  topic: TopicEntry,
  partition: number,
  record: KafkaRecord & { readonly key: Buffer },
  values: ValueReader,
): FeedEvent {
  const { key, value, offset } = record;
  return {
    topic: topic.name,
    partition,
    offset,
    keyJson: keyToJson(topic.keyType, key).toString('utf8'),
    value: value && parseJson(values.toJson(value).toString('utf8')),
    isTombstone: value === null,
    bytes: key.length + (value?.length ?? 0),
  };
}

/** A key as a map's key, one character per byte; equal keys have the same. */
export function keyId({ keyType }: TopicEntry, key: Buffer): string {
  return canonicalKey(keyType, key).toString('latin1');
}
