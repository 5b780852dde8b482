import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import type { CallOptions, CommandCall } from '../grammar/command-call.ts';
import { usageError } from '../output/cli-error.ts';
import type { Surroundings } from '../output/surroundings.ts';

/** Whether a user at a terminal can answer a question. */
export function canAsk(options: CallOptions, { stdin, stderr, env }: Surroundings): boolean {
  const isTerminal = stdin.isTTY === true && stderr.isTTY === true;
  return isTerminal && options.flag('input') && (env['CI'] ?? '') === '';
}

/** Asks a question on the terminal. With `isSecret` the answer is not shown. */
export async function ask(
  question: string,
  around: Surroundings,
  isSecret = false,
): Promise<string> {
  around.stderr.write(question);
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: around.stdin,
    signal: around.signal,
    // A terminal echoes the input to this stream.
    ...(isSecret ? { output: muted, terminal: true } : {}),
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('SIGINT', () => reject(new Error('interrupted')));
      lines.once('close', () => reject(usageError('The input ended before the answer.')));
    });
  } finally {
    lines.close();
    if (isSecret) {
      around.stderr.write('\n');
    }
  }
}

/** Asks before topics are deleted; without topics it asks nothing. Throws as `confirmByName`. */
export async function confirmTopicDeletion(
  topics: readonly string[],
  word: string,
  { options, around }: CommandCall,
): Promise<void> {
  if (topics.length > 0) {
    const consequence =
      topics.length === 1
        ? `This deletes topic ${topics[0]} with all its data.`
        : `This deletes ${topics.length} topics with all their data: ${topics.join(', ')}.`;
    await confirmByName(consequence, word, options, around);
  }
}

/** Returns if the user types `word` or used --yes. Throws `CliError` otherwise. */
export async function confirmByName(
  consequence: string,
  word: string,
  options: CallOptions,
  around: Surroundings,
): Promise<void> {
  if (options.flag('yes')) {
    return;
  }
  if (!canAsk(options, around)) {
    throw usageError(
      `${consequence} It requires a confirmation, and there is no terminal to ask.`,
      'To confirm, run it again with --yes.',
    );
  }
  const answer = (await ask(`${consequence} Type ${word} to continue: `, around)).trim();
  if (answer !== word) {
    throw usageError(`Expected "${word}", found "${answer}". Nothing was deleted.`);
  }
}
