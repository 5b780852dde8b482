import { describeError } from '@quicksilver/common/errors/describe';

import { CliError } from '../../output/cli-error.ts';

/** The result of one check of `quick doctor`. */
export interface Finding {
  readonly check: string;
  /** `skip`: an earlier check failed, so this one is not possible. */
  readonly result: 'ok' | 'warn' | 'fail' | 'skip';
  /** The fact and the remedy. */
  readonly fact: string;
  /** Commands that repair it. */
  readonly commands?: readonly string[];
}

export const CHECK_MS = 10_000;

/** Runs a check, which resolves to the fact to print or throws. */
export async function findingOf(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, result: 'ok', fact: await work() };
  } catch (error) {
    return { check, result: 'fail', fact: oneLine(error) };
  }
}

export function oneLine(error: unknown): string {
  const text = error instanceof CliError ? error.message : describeError(error);
  return text.replaceAll(/\s+/g, ' ');
}
