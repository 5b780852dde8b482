// Runs before the package is packed. Node strips no types below node_modules, so the package
// contains bundles of the command and of every program that it starts. They share chunks. Packages
// with binaries, files or dynamic imports stay dependencies.
import { readFileSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { bundleName } from '@quicksilver/processes/program-file';
import { build } from 'rolldown';

const PACKAGE = resolve(import.meta.dirname, '..');
const ROOT = resolve(PACKAGE, '../..');
const DIST = join(PACKAGE, 'dist');
const PROGRAMS = [
  'packages/edge/src/main.ts',
  'services/gateway/src/main.ts',
  'services/ingest/src/main.ts',
  'services/manager/src/gateways/schema-worker.ts',
  'services/manager/src/main.ts',
  'services/manager/src/runtime/process/end-leftovers/main.ts',
  'services/mirror/src/main.ts',
];
const { dependencies } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

await rm(DIST, { recursive: true, force: true });
await build({
  input: {
    main: join(PACKAGE, 'src/main.ts'),
    ...Object.fromEntries(PROGRAMS.map((source) => [bundleName(source), join(ROOT, source)])),
  },
  platform: 'node',
  external: Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`)),
  output: {
    // As deep as the sources in their packages, so that paths of files beside `src` stay valid.
    dir: join(DIST, 'src'),
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  },
  logLevel: 'warn',
});
await copyFile(join(ROOT, 'packages/local-kafka/jars.sha256'), join(DIST, 'jars.sha256'));
