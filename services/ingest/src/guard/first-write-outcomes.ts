import type { AppError } from '@quicksilver/common/errors/app-error';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { WriteFailure } from '../produce/write.ts';

/** Quick's words. */
export function existingKeys(topic: string, keys: readonly string[]): string {
  return `The following keys already exist for immutable topic ${topic}: ${keys.join(', ')}`;
}

/** `not_written` also where the record was sent and lost: it lies behind the first one, unseen for ever. */
export function keyExists(entry: TopicEntry, keyJson: string): WriteFailure {
  const existing = { topic: entry.name, key: keyText(entry, keyJson) };
  const detail = existingKeys(existing.topic, [existing.key]);
  return { ok: false, outcome: 'not_written', code: 'KEY_EXISTS', detail, existing };
}

export function repeatedKey(entry: TopicEntry, keyJson: string): WriteFailure {
  return {
    ...keyExists(entry, keyJson),
    detail: `Key ${keyText(entry, keyJson)} comes earlier in this request; immutable topic ${entry.name} takes one value for a key.`,
  };
}

/** Nothing was sent yet. */
export function mirrorSilent(topic: string, error: AppError): WriteFailure {
  return {
    ok: false,
    outcome: 'not_written',
    code: error.code,
    detail: `Topic ${topic} is immutable, so its mirror has to say whether the key is new: ${error.message}`,
  };
}

export function undecided(why: string): WriteFailure {
  return {
    ok: false,
    outcome: 'unknown',
    code: 'WRITE_UNKNOWN',
    detail: `The record was sent, but it is not known whether it is the first of its key: ${why}. Read the key to learn it.`,
  };
}

function keyText({ keyType }: TopicEntry, keyJson: string): string {
  return keyType === 'STRING' ? String(JSON.parse(keyJson)) : keyJson;
}
