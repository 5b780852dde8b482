import type { RunCommand } from '../grammar/command-call.ts';
import { VERSION_LINE } from '../output/version-line.ts';

export const run: RunCommand = ({ around }) => {
  around.stdout.write(`${VERSION_LINE}\n`);
  return Promise.resolve(undefined);
};
