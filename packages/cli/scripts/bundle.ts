// Runs before the package is packed. Node strips no types below node_modules, so the package
// contains a bundle. Packages with binaries or dynamic imports stay dependencies.
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { build } from 'rolldown';

const PACKAGE = resolve(import.meta.dirname, '..');
const { dependencies } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

await rm(join(PACKAGE, 'dist'), { recursive: true, force: true });
await build({
  input: join(PACKAGE, 'src/main.ts'),
  platform: 'node',
  external: Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`)),
  output: {
    dir: join(PACKAGE, 'dist'),
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: 'chunks/[name]-[hash].mjs',
  },
  logLevel: 'warn',
});
