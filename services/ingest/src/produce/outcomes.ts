import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import type { ProduceResult } from '@quicksilver/kafka/ports';

import type { WriteFailure } from './write.ts';

type Failed = Extract<ProduceResult, { readonly ok: false }>;

/** Total on purpose: a new reason does not compile until it has a code. */
const CODE_OF_REASON: Readonly<Record<Failed['reason'], ErrorCode>> = {
  rejected: 'VALUE_TOO_LARGE',
  'topic-gone': 'TOPIC_NOT_FOUND',
  unavailable: 'WRITE_NOT_DONE',
};

export function failedOutcome(result: Failed): WriteFailure {
  const { outcome, detail } = result;
  return outcome === 'unknown'
    ? unknownOutcome(detail)
    : { ok: false, outcome, code: CODE_OF_REASON[result.reason], detail: `Kafka: ${detail}` };
}

export function unknownOutcome(why: string): WriteFailure {
  return {
    ok: false,
    outcome: 'unknown',
    code: 'WRITE_UNKNOWN',
    detail: `The record was sent, but Kafka did not acknowledge it: ${why}. It may be in the topic.`,
  };
}

export function lateOutcome(deadlineMs: number): WriteFailure {
  return {
    ok: false,
    outcome: 'not_written',
    code: 'WRITE_NOT_DONE',
    detail: `Kafka accepted no records within the deadline of ${deadlineMs} ms, so the record was not sent. Retry later.`,
  };
}

export const STOPPED_OUTCOME: WriteFailure = {
  ok: false,
  outcome: 'not_written',
  code: 'SHUTTING_DOWN',
  detail: 'This process is stopping, so the record was not sent. Retry with another replica.',
};
