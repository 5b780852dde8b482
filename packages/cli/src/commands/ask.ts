import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import { usageError } from '../output/cli-error.ts';
import type { CallOptions } from '../grammar/command-call.ts';
import type { Surroundings } from '../output/surroundings.ts';

/** Whether somebody is there who can be asked. */
export function canAsk(options: CallOptions, around: Surroundings): boolean {
  return (
    around.stdin.isTTY === true &&
    around.stderr.isTTY === true &&
    options.flag('input') &&
    isAllowed(around)
  );
}

function isAllowed({ env }: Surroundings): boolean {
  return (env['CI'] ?? '') === '';
}

/** Asks on the terminal; with `isSecret` what is typed is not shown. */
export async function ask(
  question: string,
  around: Surroundings,
  isSecret = false,
): Promise<string> {
  around.stderr.write(question);
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: around.stdin,
    // A terminal would echo what is typed through this stream.
    ...(isSecret ? { output: muted, terminal: true } : {}),
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('SIGINT', () => reject(new Error('interrupted')));
      lines.once('close', () =>
        reject(usageError('Expected an answer, found the end of the input.')),
      );
      around.signal.addEventListener('abort', () => lines.close(), { once: true });
    });
  } finally {
    lines.close();
    if (isSecret) {
      around.stderr.write('\n');
    }
  }
}

/** Resolves where the user agrees by typing `word`, or said --yes. Throws `CliError` otherwise. */
export async function confirmByName(
  what: string,
  word: string,
  options: CallOptions,
  around: Surroundings,
): Promise<void> {
  if (options.flag('yes')) {
    return;
  }
  if (!canAsk(options, around)) {
    throw usageError(
      `${what} Expected --yes, found nobody to ask.`,
      'Run it again with --yes if that is what you want.',
    );
  }
  const typed = await ask(`${what} Type ${word} to go on: `, around);
  if (typed.trim() !== word) {
    throw usageError(`Expected "${word}", found "${typed.trim()}": nothing was deleted.`);
  }
}
