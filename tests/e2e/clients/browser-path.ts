import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium of this machine, as `npm test` looks for it before the tests begin. */
export function browserPath(): string {
  const dirs = (process.env['PATH'] ?? '').split(delimiter);
  const paths = dirs.flatMap((dir) => NAMES.map((name) => join(dir, name)));
  const program = paths.find((path) => isProgram(path));
  if (program === undefined) {
    throw new Error(`No Chromium was found; looked for ${NAMES.join(', ')} in PATH.`);
  }
  return program;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
