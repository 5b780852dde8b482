import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const INSTALLED = 'node_modules/@quicksilver/cli/quick.schema.json';

/**
 * The path of the JSON Schema of the installed package, relative to a directory below the one that
 * has it. Undefined if the package is not installed there.
 */
export function installedSchema(dir: string): string | undefined {
  for (let place = dir; ; place = dirname(place)) {
    const file = join(place, INSTALLED);
    if (existsSync(file)) {
      const path = relative(dir, file);
      return path.startsWith('.') ? path : `./${path}`;
    }
    if (place === dirname(place)) {
      return undefined;
    }
  }
}
