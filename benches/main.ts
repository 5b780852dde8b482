/**
 * Runs benchmarks and compares them with the committed baseline.
 *
 *   npm run bench                     all of them
 *   npm run bench -- p4 p5            some
 *   npm run bench -- --rounds 3 --json results.json
 *   npm run bench -- --baseline       writes what was measured as the new baseline
 *   npm run bench -- --smoke          small and short, to see that they work
 */
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import type { Benchmark } from './src/benchmark.ts';
import { edgeGetKey } from './src/edge-get-key.ts';
import { formats } from './src/formats.ts';
import { join, object } from './src/p1-join.ts';
import { ingest } from './src/p11-ingest.ts';
import { getKey } from './src/p4-get-key.ts';
import { batchGet } from './src/p5-batch-get.ts';
import { catchUp } from './src/p6-catch-up.ts';
import { writeToVisible } from './src/p7-write-to-visible.ts';
import { range } from './src/range.ts';
import { table, type Results } from './src/report.ts';
import { restart } from './src/restart.ts';
import { settling } from './src/settling.ts';

const BENCHMARKS: readonly Benchmark[] = [
  join,
  object,
  getKey,
  batchGet,
  range,
  catchUp,
  settling,
  restart,
  writeToVisible,
  ingest,
  formats,
  edgeGetKey,
];
const baselinePath = new URL('baseline.json', import.meta.url);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    baseline: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !BENCHMARKS.some((bench) => bench.name === name));
if (unknown.length > 0) {
  const known = BENCHMARKS.map((bench) => `  ${bench.name.padEnd(4)} ${bench.title}`);
  throw new Error(`No benchmark ${unknown.join(', ')}. There are:\n${known.join('\n')}`);
}
for (const tool of ['wrk', 'taskset']) {
  if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) {
    throw new Error(
      `Benchmarks need ${tool}. Install it, on Debian with: apt-get install wrk util-linux`,
    );
  }
}

const baseline: Results = JSON.parse(await readFile(baselinePath, 'utf8').catch(() => '{}'));
const measured: Record<string, Results[string]> = {};
const machine = `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;
for (const bench of BENCHMARKS) {
  if (positionals.length > 0 && !positionals.includes(bench.name)) {
    continue;
  }
  const result = await bench.run({
    rounds: values.smoke ? 1 : Number(values.rounds),
    smoke: values.smoke,
    say: (line) => process.stderr.write(`  ${bench.name} ${line}\n`),
  });
  measured[bench.name] = { ...result, notes: [...result.notes, machine] };
  process.stdout.write(`\n${table(bench.title, result, baseline[bench.name])}\n`);
}
process.stdout.write(`\n${machine}\n`);
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify(measured, undefined, 2)}\n`);
}
if (values.baseline && !values.smoke) {
  await writeFile(baselinePath, `${JSON.stringify({ ...baseline, ...measured }, undefined, 2)}\n`);
}
