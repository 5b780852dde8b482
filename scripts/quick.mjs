#!/usr/bin/env node
// `npx quick` in a fresh clone. Without this file, npx would offer a package of another project.
// Once the dependencies are installed, npx runs the command itself from node_modules.
process.stderr.write(
  'quick: The dependencies of this clone are not installed yet. Run npm start first: it installs them and starts an example. Then npx quick works.\n',
);
process.exitCode = 1;
