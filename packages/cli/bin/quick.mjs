#!/usr/bin/env node
// Runs on whatever Node the shell has, so that an old one is told what is missing.
import { existsSync } from 'node:fs';
import module from 'node:module';

const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `quick: expected Node ${NODE_MAJOR_MIN} or newer, found Node ${process.versions.node}: install a newer one from https://nodejs.org and run the command again.\n`,
  );
  process.exitCode = 1;
} else {
  // What was compiled once is not compiled again at the next start.
  module.enableCompileCache?.();
  // The source in the repository, and the bundle where the package is installed.
  const source = new URL('../src/main.ts', import.meta.url);
  const main = existsSync(source) ? source : new URL('../dist/main.mjs', import.meta.url);
  await import(main.href);
}
