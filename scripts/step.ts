import { styleText } from 'node:util';

import { forwardingSignals } from './child.mjs';

/** One thing that passes or fails as a whole. */
export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly deadlineMs: number;
  /** What a person does about a failure. */
  readonly advice?: string;
}

export interface StepOutcome {
  readonly name: string;
  readonly isOk: boolean;
  /** The end of what the step printed. */
  readonly output: string;
}

export interface StepContext {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
}

const OUTPUT_CHARS_MAX = 200_000;

/** Runs a step to its end and says one line about it; its own output is kept for a failure. */
export async function runStep(step: Step, context: StepContext): Promise<StepOutcome> {
  const startedAt = performance.now();
  let output = '';
  const { code, timedOut } = await forwardingSignals(step.command, step.args, {
    cwd: context.root,
    env: { ...context.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) },
    stdio: ['ignore', 'pipe', 'pipe'],
    deadlineMs: step.deadlineMs,
    onOutput: (chunk) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS_MAX);
    },
  });
  const isOk = code === 0;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (isOk) {
    say(`${styleText('green', '✓')} ${step.name} (${seconds} s)`);
  } else {
    const why = timedOut ? `not done after ${step.deadlineMs / 1000} s` : `exit code ${code}`;
    say(`${styleText('red', '✗')} ${step.name} failed (${why}, ${seconds} s)`);
    say(output.trimEnd());
    say(step.advice === undefined ? '' : `${step.advice}\n`);
  }
  return { name: step.name, isOk, output };
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
