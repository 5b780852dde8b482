import type { AppError } from '@quicksilver/common/errors/app-error';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { WriteFailure } from '../produce/write.ts';

/** The text of bakdata Quick. */
export function existingKeys(topic: string, keys: readonly string[]): string {
  return `The following keys already exist for immutable topic ${topic}: ${keys.join(', ')}`;
}

/**
 * `not_written` even if the record was sent and lost. It comes after the first record, and readers
 * never see it.
 */
export function keyExists(entry: TopicEntry, keyJson: string): WriteFailure {
  const existing = { topic: entry.name, key: keyText(entry, keyJson) };
  const detail = existingKeys(existing.topic, [existing.key]);
  return { ok: false, outcome: 'not_written', code: 'KEY_EXISTS', detail, existing };
}

export function repeatedKey(entry: TopicEntry, keyJson: string): WriteFailure {
  return {
    ...keyExists(entry, keyJson),
    detail: `Key ${keyText(entry, keyJson)} occurs more than once in this request, and immutable topic ${entry.name} accepts only one value for a key.`,
  };
}

/** Nothing was sent yet. */
export function mirrorSilent(topic: string, error: AppError): WriteFailure {
  return {
    ok: false,
    outcome: 'not_written',
    code: error.code,
    detail: `Topic ${topic} is immutable, and its mirror could not check whether the key is new: ${error.message}`,
  };
}

export function undecided(why: string): WriteFailure {
  return {
    ok: false,
    outcome: 'unknown',
    code: 'WRITE_UNKNOWN',
    detail: `The record was sent, but it is unknown whether it is the first of its key: ${why}. Read the key to check.`,
  };
}

function keyText({ keyType }: TopicEntry, keyJson: string): string {
  return keyType === 'STRING' ? String(JSON.parse(keyJson)) : keyJson;
}
