import { codecFor } from '@quicksilver/codec/codecs';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { exactNumber } from '@quicksilver/common/numbers/exact-number';
import {
  exactValue,
  isWholeOfBits,
  spelledNumber,
  valueName,
} from '@quicksilver/testkit/generated/numbers';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { argumentKey } from '../resolve/key-json.ts';
import { decodeEvent, keyId } from './decode-event.ts';

const topicOf = (keyType: TopicEntry['keyType']): TopicEntry => ({
  name: 't',
  keyType,
  valueType: 'JSON',
  writeType: 'MUTABLE',
  partitions: 1,
});

test('a number in the value of an event keeps its value', () => {
  fc.assert(
    fc.property(spelledNumber, ({ value, spellings }) => {
      for (const text of spellings) {
        const record = {
          offset: 0n,
          timestamp: 0n,
          key: Buffer.from('k'),
          value: Buffer.from(`{"n":${text}}`),
        };
        const event = decodeEvent(topicOf('STRING'), 0, record, codecFor('JSON'));
        const [, printed = ''] = /"n":(.*)}/.exec(JSON.stringify(event.value)) ?? [];
        expect(valueName(exactValue(printed))).toBe(valueName(value));
      }
    }),
  );
});

test('equal numbers follow the same key, which is the key of the record', () => {
  fc.assert(
    fc.property(spelledNumber, ({ value, spellings }) => {
      for (const [keyType, isKey] of [
        ['LONG', isWholeOfBits(value, 64)],
        ['INTEGER', isWholeOfBits(value, 32)],
      ] as const) {
        if (isKey) {
          const ids = spellings.map((text) =>
            keyId(
              topicOf(keyType),
              codecFor(keyType).fromJson(
                argumentKey(exactNumber(text), topicOf(keyType), undefined),
              ),
            ),
          );
          const whole = value.units * 10n ** BigInt(value.power);
          const record = codecFor(keyType).fromText(String(whole));
          expect(new Set(ids)).toEqual(new Set([keyId(topicOf(keyType), record)]));
        }
      }
    }),
  );
});

test('a record with the key minus zero is an event of the key zero', () => {
  const key = Buffer.from('8000000000000000', 'hex');
  const record = { offset: 0n, timestamp: 0n, key, value: null };
  const topic = topicOf('DOUBLE');
  expect(keyId(topic, key)).toBe(keyId(topic, codecFor('DOUBLE').fromJson('0')));
  expect(decodeEvent(topic, 0, record, codecFor('JSON')).keyJson).toBe('0');
});

test('a record whose key is not finite is not an event', () => {
  for (const hex of ['7ff8000000000000', '7ff0000000000000', 'fff0000000000000']) {
    const record = { offset: 0n, timestamp: 0n, key: Buffer.from(hex, 'hex'), value: null };
    expect(() => decodeEvent(topicOf('DOUBLE'), 0, record, codecFor('JSON'))).toThrow('finite');
  }
});
