import { keyToJson } from '@quicksilver/codec/codecs';
import { keyCodecFor } from '@quicksilver/codec/key-codec';
import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { ValueReader } from '@quicksilver/codec/registry/schema-values';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import { parseJson } from '@quicksilver/common/numbers/parse-json';
import type { FeedEvent } from './feed-event.ts';

/**
 * The event of a record. `values` decodes its value. Throws if the record does not have the types
 * of the topic. The record must have a key, because no subscription can select one without.
 */
export function decodeEvent(
  topic: TopicEntry,
  partition: number,
  record: KafkaRecord & { readonly key: Buffer },
  values: ValueReader,
): FeedEvent {
  const { key, value, offset, schemaHeader } = record;
  return {
    topic: topic.name,
    partition,
    offset,
    keyJson: keyToJson(topic.keyType, key).toString('utf8'),
    value: value && parseJson(values.toJson(value, schemaHeader).toString('utf8')),
    isTombstone: value === null,
    bytes: key.length + (value?.length ?? 0),
  };
}

/** A key for maps, with one character per byte. Equal keys have the same id. */
export function keyId({ keyType, keyFormat }: TopicEntry, key: Buffer): string {
  return keyCodecFor(keyType, keyFormat).canonical(key).toString('latin1');
}
