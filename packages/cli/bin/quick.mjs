#!/usr/bin/env node
// Runs on any version of Node, so that an old version gets an error with a remedy.
import { existsSync } from 'node:fs';
import module from 'node:module';

const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `quick: Node ${NODE_MAJOR_MIN} or newer is required, found Node ${process.versions.node}. Install it from https://nodejs.org and run the command again.\n`,
  );
  process.exitCode = 1;
} else {
  // Reuse the compiled code of earlier starts.
  module.enableCompileCache?.();
  // The source in the repository, else the bundle of an installed package.
  const source = new URL('../src/main.ts', import.meta.url);
  const main = existsSync(source) ? source : new URL('../dist/src/main.mjs', import.meta.url);
  await import(main.href);
}
