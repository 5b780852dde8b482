#!/usr/bin/env node
// `npx quick` in the root of a clone runs this file, because npx prefers a command of the package
// itself. Without it, npx would offer a package of another project in a fresh clone.
import { existsSync } from 'node:fs';

const command = new URL('../node_modules/@quicksilver/cli/bin/quick.mjs', import.meta.url);
if (existsSync(command)) {
  await import(command.href);
} else {
  process.stderr.write(
    'quick: The dependencies of this clone are not installed yet. Run npm start first: it installs them and starts an example. Then npx quick works.\n',
  );
  process.exitCode = 1;
}
