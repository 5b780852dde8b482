import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type GuardedProgram, startGuarded } from './guarded-program.ts';

/** For a program that does heed the signal, however slowly. */
const PATIENT_MS = 60_000;

test('SIGTERM stops a program, and its exit is reported', async () => {
  await using rig = await startRig(
    'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.05; done',
    PATIENT_MS,
  );
  await rig.saysUp();
  await rig.program.stop();
  expect(await rig.program.exited).toEqual({ exitCode: 3, signal: null, expected: true });
  expect(await rig.output()).toBe('up\nbye\n');
  expect(isAlive(rig.program.pid)).toBe(false);
});

test('a program that ignores SIGTERM is killed after its limit', async () => {
  await using rig = await startRig('trap "" TERM; echo up; while :; do sleep 0.05; done', 300);
  await rig.saysUp();
  await rig.program.stop();
  expect(await rig.program.exited).toEqual({ exitCode: null, signal: 'SIGKILL', expected: true });
});

test('kill sends SIGKILL at once, and a later stop is a no-op', async () => {
  await using rig = await startRig('echo up; exec sleep 60');
  await rig.saysUp();
  await rig.program.kill();
  await rig.program.stop();
  expect(await rig.program.exited).toEqual({ exitCode: null, signal: 'SIGKILL', expected: true });
});

test('a program that exits on its own is reported as unexpected, with its exit code', async () => {
  await using rig = await startRig('exit 7');
  expect(await rig.program.exited).toEqual({ exitCode: 7, signal: null, expected: false });
});

test('a program that does not exist ends with 127', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const program = await startGuarded({
    command: join(dir.path, 'none'),
    args: [],
    cwd: dir.path,
    env: undefined,
    outputFile: join(dir.path, 'out'),
    stopTimeoutMs: 500,
  });
  expect(await program.exited).toEqual({ exitCode: 127, signal: null, expected: false });
});

test('SIGKILL of the parent process leaves no program behind', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const options = {
    command: 'sh',
    args: ['-c', 'trap "" TERM; while :; do sleep 0.05; done'],
    cwd: dir.path,
    outputFile: join(dir.path, 'out'),
    stopTimeoutMs: 300,
  };
  const script = `
    import { startGuarded } from ${JSON.stringify(new URL('./guarded-program.ts', import.meta.url).href)};
    const program = await startGuarded(${JSON.stringify(options)});
    console.log(program.pid);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !isAlive(pid));
});

interface Rig extends AsyncDisposable {
  readonly program: GuardedProgram;
  readonly output: () => Promise<string>;
  readonly saysUp: () => Promise<void>;
}

async function startRig(script: string, stopTimeoutMs = 300): Promise<Rig> {
  const dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const outputFile = join(dir.path, 'out');
  const output = (): Promise<string> => readFile(outputFile, 'utf8');
  const program = await startGuarded({
    command: 'sh',
    args: ['-c', script],
    cwd: dir.path,
    env: undefined,
    outputFile,
    stopTimeoutMs,
  });
  return {
    program,
    output,
    saysUp: () => until(async () => (await output()).startsWith('up')),
    [Symbol.asyncDispose]: async () => {
      await program.kill();
      await dir.remove();
    },
  };
}

/** The test's own deadline ends it. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) {
    await new Promise((again) => setTimeout(again, 10));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
