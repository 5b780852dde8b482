import { readElement, type BatchEntry } from './key-answers.ts';
import type { KeySlot } from './key-slots.ts';
import type { Call, Failure } from './mirror-call.ts';
import { badAnswer } from './mirror-error.ts';
import { splitBatch } from './split-answer.ts';

/** A read of several keys, which may take several requests. */
export interface KeyRead {
  readonly call: Call;
  /** The path of the request. */
  readonly path: string;
  /** Results by index of the key, filled in as responses arrive. */
  readonly results: BatchEntry[];
}

/** Keys without a response. */
export interface Failed extends Failure {
  readonly slots: readonly KeySlot[];
}

/** Fills in the results of one response, or returns why it is not one. */
export function fillIn(
  { call, results }: KeyRead,
  slots: readonly KeySlot[],
  body: string,
): Failed | undefined {
  const values = splitBatch(body);
  if (values?.length !== slots.length) {
    const actual = values === undefined ? 'no such array' : `${values.length}`;
    const why = `expected an array of ${slots.length} values, found ${actual}.`;
    return { error: badAnswer(call.topic.name, why), slots };
  }
  slots.forEach((slot, at) => {
    results[slot.index] = readElement(call.topic.name, values[at] ?? 'null');
  });
  return undefined;
}
