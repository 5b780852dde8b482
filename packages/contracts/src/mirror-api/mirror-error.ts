import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { fromProblem } from '@quicksilver/common/errors/problem';
import type { MirrorAnswer, NoAnswer } from './mirror-http.ts';

const CODE_OF: Readonly<Record<NoAnswer, ErrorCode>> = {
  unreachable: 'MIRROR_UNAVAILABLE',
  late: 'UPSTREAM_TIMEOUT',
  'too-large': 'TOO_MANY_ITEMS',
  overloaded: 'OVERLOADED',
  aborted: 'UPSTREAM_TIMEOUT',
};

/** The error of a request without a response. */
export function noAnswerError(topic: string, reason: NoAnswer, detail: string): AppError {
  const text =
    reason === 'too-large'
      ? `Topic ${topic} cannot be read in one response: ${detail}`
      : `The mirror of topic ${topic} is unavailable: ${detail}`;
  return new AppError(CODE_OF[reason], text);
}

/** The error of a response other than 200. */
export function answerError(topic: string, answer: MirrorAnswer): AppError {
  const problem = fromProblem(parsed(answer.body));
  if (problem?.code === 'UNAUTHENTICATED') {
    // The client's key was valid. The key of this service is wrong.
    return badAnswer(
      topic,
      'it does not accept the key of this service. Set the same QUICK_PEER_KEY for all services.',
    );
  }
  if (problem !== undefined) {
    const pause = Number(answer.headers['retry-after']);
    return Number.isInteger(pause)
      ? new AppError(problem.code, problem.message, { retryAfterSeconds: pause })
      : problem;
  }
  return badAnswer(
    topic,
    `it returned status ${answer.status} without an error body of Quicksilver.`,
  );
}

export function badAnswer(topic: string, why: string): AppError {
  return new AppError(
    'UPSTREAM_BAD_RESPONSE',
    `The mirror of topic ${topic} returned an invalid response: ${why}`,
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function noMirrorError(topic: string): AppError {
  return new AppError(
    'MIRROR_UNAVAILABLE',
    `Topic ${topic} has no mirror yet. Retry after its mirror has started.`,
  );
}

/** `record` is `partition:offset`. */
export function unreadableError(topic: string, record: string): AppError {
  const [partition, offset] = record.split(':');
  return new AppError(
    'UNREADABLE_RECORD',
    `The record at offset ${offset} of partition ${partition} of topic ${topic} cannot be read, and the poison policy of its mirror is halt.`,
  );
}
