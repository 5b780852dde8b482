import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { forwardingSignals } from './child.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const BINARIES = join(ROOT, 'node_modules', '.bin');
const STAMP = join(ROOT, 'node_modules', '.quicksilver-installed');
const INSTALL_DEADLINE_MS = 20 * 60_000;
const TAIL_LINES = 15;
const OUTPUT_CHARS_MAX = 64_000;

export function nodeBinary() {
  return join(BINARIES, 'node');
}

/** The path on which the Node and the tools of this repository come first. */
export function pathWithBinaries() {
  return [BINARIES, process.env['PATH'] ?? ''].join(delimiter);
}

/** Installs what the lockfile names, unless exactly that is there already. */
export async function ensureInstalled() {
  const stamp = fingerprint();
  if (readIfThere(STAMP) === stamp && existsSync(nodeBinary())) {
    return;
  }
  process.stderr.write('Installing dependencies …\n');
  await install();
  requireNode24();
  writeFileSync(STAMP, stamp);
}

async function install() {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  // pnpm writes `name@version+hash` here when it pins itself; npx takes the part before the hash.
  const pnpm = String(packageManager).split('+')[0] ?? 'pnpm';
  let output = '';
  const outcome = await forwardingSignals('npx', ['--yes', pnpm, 'install', '--frozen-lockfile'], {
    cwd: ROOT,
    // With CI set pnpm asks no questions, for example before it replaces a broken node_modules.
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    deadlineMs: INSTALL_DEADLINE_MS,
    onOutput: (chunk) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS_MAX);
    },
  }).catch((error) => {
    throw new Error(
      `The dependencies are installed with npx, which comes with npm, and it could not be started (${error.code}): install npm and run the command again.`,
    );
  });
  if (outcome.timedOut) {
    throw failure(output, `were not installed within ${INSTALL_DEADLINE_MS / 60_000} minutes`);
  }
  if (/ERR_PNPM_\w*OUTDATED_LOCKFILE/.test(output)) {
    throw new Error(
      `pnpm-lock.yaml does not say what the package.json files ask for: run \`npx --yes ${pnpm} install\` and commit the lockfile with them. The last lines were:\n${tailOf(output)}`,
    );
  }
  if (outcome.code !== 0) {
    throw failure(output, `could not be installed (exit code ${outcome.code})`);
  }
}

/** @param {string} output @param {string} what */
function failure(output, what) {
  return new Error(
    `The dependencies ${what}: check that this machine reaches an npm registry and has free disk space, then run the command again. The last lines were:\n${tailOf(output)}`,
  );
}

/** @param {string} output */
function tailOf(output) {
  return output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

function requireNode24() {
  let version = 'none';
  try {
    version = execFileSync(nodeBinary(), ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    // Reported below as none: there is no file, or it is not for this machine.
  }
  if (!version.startsWith('v24.')) {
    throw new Error(
      `The npm package \`node\` should have brought Node 24 to ${nodeBinary()}, and there is ${version}: delete the folder node_modules and run the command again.`,
    );
  }
}

/** Changes if an install would do something else, and if the folder moves to another machine. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${ROOT}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests()]) {
    hash.update(`\0${file}\0`).update(readIfThere(join(ROOT, file)) ?? '');
  }
  return hash.digest('hex');
}

function manifests() {
  const members = ['packages', 'services', 'examples'].flatMap((area) =>
    existsSync(join(ROOT, area))
      ? readdirSync(join(ROOT, area)).map((name) => join(area, name))
      : [],
  );
  return ['', 'tests', 'benches', ...members.toSorted()].map((place) =>
    join(place, 'package.json'),
  );
}

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
