import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { forwardingSignals } from './child.mjs';
import { say, runStep, type StepContext } from './step.ts';
import { countReport, type Counts } from './test-counts.ts';

export interface VitestRun {
  readonly name: string;
  /** Empty for all projects. */
  readonly projects: readonly string[];
  /** Names of files, and whatever else vitest takes. */
  readonly args?: readonly string[];
  readonly deadlineMs: number;
  /** Shows the output while it comes, or only after a failure. */
  readonly isLive: boolean;
}

export async function runVitest(run: VitestRun, context: StepContext): Promise<Counts> {
  await using scratch = await mkdtempDisposable(join(tmpdir(), 'quicksilver-tests-'));
  const reportFile = join(scratch.path, 'report.json');
  const args = [
    'run',
    ...run.projects.flatMap((project) => ['--project', project]),
    `--reporter=${run.isLive ? 'default' : 'dot'}`,
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...(run.args ?? []),
  ];
  const exitCode = run.isLive
    ? await runLive(run, args, context)
    : await runQuietly(run, args, context);
  const report = await readFile(reportFile, 'utf8').catch(() => undefined);
  const counts = countReport(report, exitCode);
  if (exitCode === 0 && counts.failed > 0) {
    say(`✗ ${run.name}: a test was skipped or none was run, which counts as failed`);
  }
  return counts;
}

async function runQuietly(run: VitestRun, args: string[], context: StepContext): Promise<number> {
  const step = { name: run.name, command: 'vitest', args, deadlineMs: run.deadlineMs };
  const { isOk } = await runStep(step, context);
  return isOk ? 0 : 1;
}

async function runLive(run: VitestRun, args: string[], context: StepContext): Promise<number> {
  say(`\n${run.name}`);
  const { code, timedOut } = await forwardingSignals('vitest', args, {
    cwd: context.root,
    env: context.env,
    stdio: ['ignore', 'inherit', 'inherit'],
    deadlineMs: run.deadlineMs,
  });
  if (timedOut) {
    say(`✗ ${run.name}: not done after ${run.deadlineMs / 60_000} minutes`);
  }
  return code;
}
