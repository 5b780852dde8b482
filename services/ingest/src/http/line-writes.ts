import type { Writable } from 'node:stream';

import { checkJson, decodeUtf8 } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';

import { isFailure, placeRecord, toFailure, tryDecode } from '../decode/place-record.ts';
import { decodePair, type RecordLimits } from '../decode/record-decoder.ts';
import type { SubmitWrites, WriteTarget } from '../guard/topic-guard.ts';
import { STOPPED_OUTCOME } from '../produce/outcomes.ts';
import type { PlacedRecord, WriteFailure, WriteOutcome } from '../produce/write.ts';
import type { WriteQueue } from '../produce/write-queue.ts';
import type { Line } from './line-groups.ts';
import { printOutcome } from './write-answer.ts';

export interface LineWritesOptions {
  readonly groups: AsyncIterable<readonly Line[]>;
  /**
   * Receives one outcome line for each input line, in input order. It is ended when all are
   * written.
   */
  readonly output: Writable;
  readonly target: WriteTarget;
  readonly submit: SubmitWrites;
  readonly queue: Pick<WriteQueue, 'isStopping' | 'isHalfFull' | 'room'>;
  readonly limits: RecordLimits;
  readonly lineBytesMax: number;
}

/** Maximum number of concurrent groups. It limits the memory of a stream. */
const GROUPS_MAX = 16;

/**
 * Writes line by line. Reading pauses while too much is pending towards Kafka or the client. An
 * invalid line is one failed outcome, and the other lines continue.
 */
export async function writeLines(options: LineWritesOptions): Promise<void> {
  const { groups, output, queue } = options;
  const pending: Promise<void>[] = [];
  let before: Promise<void> = Promise.resolve();
  for await (const lines of groups) {
    if (queue.isStopping) {
      const [first] = lines;
      await before;
      output.write(`${printOutcome('', STOPPED_OUTCOME, first?.number)}\n`);
      break;
    }
    while (queue.isHalfFull) {
      await queue.room();
    }
    const emitted = emit(lines, submit(lines, options), before, options);
    // The loop awaits it later. Until then a failure must not count as an unhandled rejection.
    emitted.catch(ignore);
    before = emitted;
    pending.push(emitted);
    if (pending.length >= GROUPS_MAX) {
      await pending.shift();
    }
  }
  await before;
  output.end();
}

async function emit(
  lines: readonly Line[],
  outcomes: Promise<readonly WriteOutcome[]>,
  before: Promise<void>,
  options: LineWritesOptions,
): Promise<void> {
  const { output, target } = options;
  const results = await outcomes;
  await before;
  const text = results.map(
    (outcome, at) => `${printOutcome(target.entry.name, outcome, lines[at]?.number)}\n`,
  );
  if (!output.write(text.join(''))) {
    await drained(output);
  }
}

/** One outcome for each line, in order. Never rejects because of an invalid line. */
function submit(
  lines: readonly Line[],
  options: LineWritesOptions,
): Promise<readonly WriteOutcome[]> {
  const decoded = lines.map((line) => decodeLine(line, options));
  const records = decoded.filter((result): result is PlacedRecord => !isFailure(result));
  if (records.length === 0) {
    return Promise.resolve(mergeOutcomes(decoded, []));
  }
  return new Promise((resolve, reject) => {
    try {
      options.submit(options.target, records, performance.now(), (outcomes) => {
        try {
          resolve(mergeOutcomes(decoded, outcomes));
        } catch (error) {
          reject(error);
        }
      });
    } catch (error) {
      if (error instanceof AppError) {
        const refused = toFailure(error);
        resolve(
          mergeOutcomes(
            decoded,
            records.map(() => refused),
          ),
        );
      } else {
        reject(error);
      }
    }
  });
}

/** Merges the outcomes of submitted records with those rejected earlier. */
export function mergeOutcomes(
  decoded: readonly (PlacedRecord | WriteFailure)[],
  outcomes: readonly WriteOutcome[],
): readonly WriteOutcome[] {
  let at = 0;
  return decoded.map((result) => {
    if (isFailure(result)) {
      return result;
    }
    const outcome = outcomes[at];
    at += 1;
    if (outcome === undefined) {
      throw new Error('a submitted record has no outcome');
    }
    return outcome;
  });
}

function decodeLine(line: Line, options: LineWritesOptions): PlacedRecord | WriteFailure {
  const { bytes } = line;
  if (bytes === undefined) {
    return {
      ok: false,
      outcome: 'not_written',
      code: 'BODY_TOO_LARGE',
      detail: `Expected a line of at most ${options.lineBytesMax} bytes; it is longer.`,
    };
  }
  return tryDecode(() => {
    const text = decodeUtf8(bytes);
    checkJson(text);
    const { entry, keys, values } = options.target;
    const { key, value } = decodePair(text, entry, options.limits, values);
    return placeRecord(key, value, entry, keys);
  });
}

async function drained(output: Writable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      output.off('drain', settle);
      output.off('close', settle);
      if (output.destroyed) {
        reject(new Error('the client went away'));
      } else {
        resolve();
      }
    };
    output.on('drain', settle);
    output.on('close', settle);
    if (output.destroyed) {
      settle();
    }
  });
}

function ignore(): void {
  // The caller that awaits the promise handles the error.
}
