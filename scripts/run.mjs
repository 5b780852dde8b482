// The entry of `npm start`, `npm test`, `npm run check` and `npm run bench`. It runs on the Node of
// the machine with nothing installed; everything after it runs on the Node 24 of node_modules.
import { join } from 'node:path';

import { forwardingSignals } from './child.mjs';
import { ensureInstalled, nodeBinary, pathWithBinaries, ROOT } from './install.mjs';

/**
 * @type {Readonly<Record<string, {
 *   args: string[], fallback?: string, env?: Record<string, string>
 * }>>}
 */
const COMMANDS = {
  start: {
    // It makes much garbage while it loads, and then sits beside everything else on a laptop.
    args: ['--max-semi-space-size=2', 'packages/cli/bin/quick.mjs', 'dev'],
    fallback: 'examples/flights',
    // Killed so hard that it cannot pass a signal on, this process still leaves nothing behind.
    env: { NODE_ENV: 'production', QUICK_EXIT_WITH_PARENT: '1' },
  },
  test: { args: ['scripts/test.ts'] },
  check: { args: ['scripts/check.ts'] },
  bench: { args: ['benches/main.ts'] },
};

const NODE_MAJOR_MIN = 20;

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main() {
  const [name = '', ...rest] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (command === undefined) {
    throw new Error(
      `Expected one of ${Object.keys(COMMANDS).join(', ')}, found '${name}': run it as \`npm run check\`, for example.`,
    );
  }
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
    throw new Error(
      `Quicksilver needs Node ${NODE_MAJOR_MIN} or newer to begin with, and this is Node ${process.versions.node}: install a newer one from https://nodejs.org and run the command again.`,
    );
  }
  await ensureInstalled();
  const { args, fallback } = command;
  const isGiven = rest[0] !== undefined && !rest[0].startsWith('-');
  const commandArgs = fallback === undefined || isGiven ? rest : [fallback, ...rest];
  const outcome = await forwardingSignals(nodeBinary(), [...args, ...commandArgs], {
    cwd: ROOT,
    env: {
      // All that is started below reads and compiles the same files: half of the time of a start.
      NODE_COMPILE_CACHE: join(ROOT, '.cache/compiled'),
      ...process.env,
      PATH: pathWithBinaries(),
      ...command.env,
    },
    stdio: 'inherit',
  });
  return outcome.code;
}
