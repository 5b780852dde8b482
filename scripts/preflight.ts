import { execFile } from 'node:child_process';
import { access, constants, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { aptPackages, type Machine, NEEDS, planFor, type Tool } from './preflight-plan.ts';
import { runStep, say } from './step.ts';

type Env = NodeJS.ProcessEnv;

const run = promisify(execFile);

const JAVA_MIN = 17;
const PROBE_MS = 60_000;
const APT_MS = 15 * 60_000;
const CHROMIUMS = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * Sees to it that everything is there that some tests need. Answers `undefined` when it is, else
 * with the text that says what a person has to do.
 */
export async function preflight(env: Env): Promise<string | undefined> {
  const missing = await missingTools(env);
  const plan = planFor(missing, await describeMachine(env));
  switch (plan.do) {
    case 'nothing':
      return undefined;
    case 'stop':
      return plan.message;
    case 'install':
      return await installWithApt(missing, env);
  }
}

async function missingTools(env: Env): Promise<readonly Tool[]> {
  const probes: Readonly<Record<Tool, Promise<boolean>>> = {
    java: hasJava(env),
    chromium: hasChromium(env),
    python: hasPythonWithVenv(env),
    curl: runs('curl', ['--version'], env),
    podman: hasPodman(env),
    redis: runs('redis-server', ['--version'], env),
    kcat: runs('kcat', ['-V'], env),
  };
  const results = await Promise.all(
    (Object.keys(NEEDS) as Tool[]).map(async (tool) => ({ tool, isThere: await probes[tool] })),
  );
  return results.filter(({ isThere }) => !isThere).map(({ tool }) => tool);
}

async function installWithApt(missing: readonly Tool[], env: Env): Promise<string | undefined> {
  const context = { root: tmpdir(), env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  say(`Installing ${missing.map((tool) => NEEDS[tool]).join(', ')} with apt-get …`);
  const update = await runStep(
    { name: 'apt-get update', command: 'apt-get', args: ['update'], deadlineMs: APT_MS },
    context,
  );
  if (!update.isOk) {
    return 'apt-get update failed, see above: check that this machine reaches its package mirror.';
  }
  const available = new Set<string>();
  await Promise.all(
    aptCandidates(missing).map(async (name) => {
      if (await runs('apt-cache', ['show', '--no-all-versions', name], env)) {
        available.add(name);
      }
    }),
  );
  const packages = aptPackages(missing, (name) => available.has(name));
  const args = ['install', '--yes', '--no-install-recommends', ...packages];
  const install = await runStep(
    { name: `apt-get install ${packages.join(' ')}`, command: 'apt-get', args, deadlineMs: APT_MS },
    context,
  );
  if (!install.isOk) {
    return 'apt-get install failed, see above: repair what it names and run npm test again.';
  }
  const still = await missingTools(env);
  return still.length === 0
    ? undefined
    : `apt-get installed ${packages.join(' ')}, and yet these do not work here: ${still.map((tool) => NEEDS[tool]).join(', ')}. Perhaps another version comes first on the path.`;
}

function aptCandidates(missing: readonly Tool[]): readonly string[] {
  const names: string[] = [];
  aptPackages(missing, (name) => {
    names.push(name);
    return false;
  });
  return names;
}

async function describeMachine(env: Env): Promise<Machine> {
  const isRoot = process.getuid?.() === 0;
  for (const packageManager of ['apt-get', 'dnf', 'brew'] as const) {
    if (await isOnPath(packageManager, env)) {
      return { isRoot, packageManager };
    }
  }
  return { isRoot, packageManager: undefined };
}

async function hasJava(env: Env): Promise<boolean> {
  const home = env['JAVA_HOME'] ?? '';
  const command = home === '' ? 'java' : join(home, 'bin', 'java');
  try {
    const { stdout, stderr } = await run(command, ['-version'], { env, timeout: PROBE_MS });
    // Up to Java 8 the version began with "1.": Java 8 says 1.8.0.
    const major = /version "(?:1\.)?(\d+)/.exec(stderr + stdout)?.[1];
    return Number(major) >= JAVA_MIN;
  } catch {
    return false;
  }
}

async function hasChromium(env: Env): Promise<boolean> {
  for (const name of CHROMIUMS) {
    if (await runs(name, ['--version'], env)) {
      return true;
    }
  }
  return false;
}

/** Debian's Python has the module without its dependencies, so this creates an environment. */
async function hasPythonWithVenv(env: Env): Promise<boolean> {
  await using scratch = await mkdtempDisposable(join(tmpdir(), 'quicksilver-venv-'));
  return await runs('python3', ['-m', 'venv', join(scratch.path, 'venv')], env);
}

/** On Linux with the runtime that the tests name; elsewhere a machine of podman's own has one. */
async function hasPodman(env: Env): Promise<boolean> {
  const hasRuntime = process.platform !== 'linux' || (await runs('runc', ['--version'], env));
  return hasRuntime && (await runs('podman', ['version'], env));
}

async function runs(command: string, args: readonly string[], env: Env): Promise<boolean> {
  try {
    await run(command, args, { env, timeout: PROBE_MS, maxBuffer: 8 * 1024 * 1024 });
    return true;
  } catch {
    return false;
  }
}

async function isOnPath(command: string, env: Env): Promise<boolean> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    try {
      await access(join(folder, command), constants.X_OK);
      return true;
    } catch {
      // Not in this folder; the next may have it.
    }
  }
  return false;
}
