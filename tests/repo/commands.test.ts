import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { ROOT } from './text-files.ts';

/** Programs are started, which on a busy machine takes seconds. */
const STARTS_MS = 120_000;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Starts a program with nothing on its standard input, as continuous integration does. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<Ended> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const [code]: (number | null)[] = await once(child, 'close');
  return { code: code ?? null, output };
}

/** A clone in which `npx` is the given shell script. */
async function cloneWithNpx(root: string, script: string): Promise<NodeJS.ProcessEnv> {
  await cp(join(ROOT, 'scripts'), join(root, 'scripts'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(root, 'package.json'));
  await mkdir(join(root, 'fake-bin'));
  await writeFile(join(root, 'fake-bin', 'npx'), `#!/bin/sh\n${script}\n`);
  await chmod(join(root, 'fake-bin', 'npx'), 0o755);
  return { ...process.env, PATH: `${join(root, 'fake-bin')}:${process.env['PATH'] ?? ''}` };
}

const scratch = async () => await mkdtempDisposable(join(tmpdir(), 'quicksilver-commands-'));

test(
  'a failed installation says what to do and how the package manager ended',
  async () => {
    await using root = await scratch();
    const env = await cloneWithNpx(root.path, 'echo "$@"; echo "getaddrinfo ENOTFOUND"; exit 3');
    const { code, output } = await ended(start([join(root.path, 'scripts/run.mjs'), 'check'], env));
    expect(code).toBe(1);
    expect(output).toMatch(/^Installing dependencies …\nThe dependencies could not be installed/);
    expect(output).toContain('check that this machine reaches an npm registry');
    expect(output).toMatch(/--yes pnpm@[\d.]+ install --frozen-lockfile\ngetaddrinfo ENOTFOUND\n$/);
  },
  STARTS_MS,
);

test(
  'a lockfile that is out of date is not blamed on the network',
  async () => {
    await using root = await scratch();
    const env = await cloneWithNpx(root.path, 'echo "Error: ERR_PNPM_OUTDATED_LOCKFILE"; exit 1');
    const { code, output } = await ended(start([join(root.path, 'scripts/run.mjs'), 'test'], env));
    expect(code).toBe(1);
    expect(output).toContain('pnpm-lock.yaml does not say what the package.json files ask for');
  },
  STARTS_MS,
);

test(
  'rejects a Node that is too old in one sentence',
  async () => {
    const disguise = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'18.20.1'})`;
    const child = start(['--import', disguise, join(ROOT, 'scripts/run.mjs'), 'check']);
    const { code, output } = await ended(child);
    expect(code).toBe(1);
    expect(output).toMatch(
      /^Quicksilver needs Node 20 or newer .* this is Node 18\.20\.1: .*\.\n$/,
    );
  },
  STARTS_MS,
);

test(
  'lists the commands if the given one does not exist',
  async () => {
    const { code, output } = await ended(start([join(ROOT, 'scripts/run.mjs'), 'strat']));
    expect(code).toBe(1);
    expect(output).toBe(
      "Expected one of start, test, check, bench, found 'strat': run it as `npm run check`, for example.\n",
    );
  },
  STARTS_MS,
);

test(
  'a project that npm start is given takes the place of the flights',
  async () => {
    const { code, output } = await ended(
      start([join(ROOT, 'scripts/run.mjs'), 'start', 'no/such']),
    );
    expect(code).toBe(1);
    expect(output).toContain(`There is no project file at ${join(ROOT, 'no/such')}`);
  },
  STARTS_MS,
);

test(
  'a signal is passed on once, and the child decides when and how it ends',
  async () => {
    await using root = await scratch();
    const parent = join(root.path, 'parent.mjs');
    const child = join(root.path, 'child.mjs');
    await writeFile(
      parent,
      `import { forwardingSignals } from ${JSON.stringify(join(ROOT, 'scripts/child.mjs'))};
     const { code } = await forwardingSignals(process.execPath, [${JSON.stringify(child)}], { stdio: 'inherit' });
     process.exitCode = code;`,
    );
    await writeFile(
      child,
      `let interrupts = 0;
     process.on('SIGINT', () => { interrupts += 1; console.log('interrupted'); });
     process.on('SIGTERM', () => { console.log('seen ' + interrupts); process.exit(7); });
     setTimeout(() => {}, 60_000);
     console.log('ready');`,
    );
    const running = start([parent]);
    const end = ended(running);
    await said(running, 'ready');
    running.kill('SIGINT');
    running.kill('SIGINT');
    await said(running, 'interrupted');
    running.kill('SIGTERM');
    expect(await end).toEqual({ code: 7, output: 'ready\ninterrupted\nseen 1\n' });
  },
  STARTS_MS,
);

/** Waits until the program prints a text; ends with it, or with the test's own deadline. */
async function said(child: ChildProcess, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString('utf8').includes(text)) {
        resolve();
      }
    });
    child.once('close', () => reject(new Error(`ended before it said '${text}'`)));
  });
}

test(
  'npx quick in a clone without dependencies prints what to do, and runs no package of others',
  async () => {
    await using clone = await mkdtempDisposable(join(tmpdir(), 'quicksilver-clone-'));
    for (const file of ['package.json', 'scripts/quick.mjs']) {
      await cp(join(ROOT, file), join(clone.path, file));
    }
    const env = { ...process.env, npm_config_cache: join(clone.path, 'cache') };
    const npx = spawn('npx', ['--offline', 'quick', 'dev'], {
      cwd: clone.path,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { code, output } = await ended(npx);
    expect(output).toContain('Run npm start first');
    expect(code).toBe(1);
  },
  STARTS_MS,
);

test(
  'npx quick in the root of an installed clone runs the command',
  async () => {
    const npx = spawn('npx', ['--offline', 'quick', 'version'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(await ended(npx)).toEqual({
      code: 0,
      output: expect.stringMatching(/^quick \(version/),
    });
  },
  STARTS_MS,
);
