import { CATALOG, isErrorCode } from '@quicksilver/common/errors/catalog';
import { REMEDIES } from '@quicksilver/common/errors/remedies';

import type { RunCommand } from '../../grammar/command-call.ts';
import { usageError } from '../../output/cli-error.ts';
import { didYouMean } from '../../output/suggest.ts';

const RETRY = {
  never: 'A retry of the same request fails again.',
  later: 'A retry may succeed after a pause.',
  elsewhere: 'A retry at another replica can succeed now.',
} as const;

/** Prints what an error code means and what to do about it. */
export const run: RunCommand = async ({ args: [word = ''], around }) => {
  const code = word.toUpperCase();
  if (!isErrorCode(code)) {
    const guess = didYouMean(code, Object.keys(CATALOG));
    throw usageError(`Unknown error code "${word}".${guess}`);
  }
  const { status, title, retry } = CATALOG[code];
  around.stdout.write(`${code} (HTTP ${status}): ${title}.\n${REMEDIES[code]}\n${RETRY[retry]}\n`);
  return undefined;
};
