import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { fromProblem } from '@quicksilver/common/errors/problem';
import type { MirrorAnswer, NoAnswer } from './mirror-http.ts';

const CODE_OF: Readonly<Record<NoAnswer, ErrorCode>> = {
  unreachable: 'MIRROR_UNAVAILABLE',
  late: 'UPSTREAM_TIMEOUT',
  'too-large': 'UPSTREAM_BAD_RESPONSE',
  overloaded: 'OVERLOADED',
  aborted: 'UPSTREAM_TIMEOUT',
};

/** What a caller of the mirror client is told when a replica gave no answer. */
export function noAnswerError(topic: string, reason: NoAnswer, detail: string): AppError {
  return new AppError(CODE_OF[reason], `The mirror of topic ${topic} cannot be used: ${detail}`);
}

/** The error that an answer other than 200 stands for. */
export function answerError(topic: string, answer: MirrorAnswer): AppError {
  const known = fromProblem(parsed(answer.body));
  if (known?.code === 'UNAUTHENTICATED') {
    // Whoever asked us did have a key; it is ours that is wrong.
    return badAnswer(
      topic,
      'it does not accept the key of this service. Set the same QUICK_PEER_KEY for all services.',
    );
  }
  if (known !== undefined) {
    const pause = Number(answer.headers['retry-after']);
    return Number.isInteger(pause)
      ? new AppError(known.code, known.message, { retryAfterSeconds: pause })
      : known;
  }
  return badAnswer(topic, `it answered ${answer.status} without an error of ours.`);
}

export function badAnswer(topic: string, why: string): AppError {
  return new AppError(
    'UPSTREAM_BAD_RESPONSE',
    `The mirror of topic ${topic} cannot be used: ${why}`,
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
    `Topic ${topic} has no mirror here yet. It is answered once its mirror runs.`,
  );
}
