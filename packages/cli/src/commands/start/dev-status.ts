import { resolve } from 'node:path';

import { isRunning } from '../../context/known-process.ts';
import { dataDirectoryOf, readRunFile, type DevRun } from '../../context/dev-run.ts';
import { printList } from '../../output/print.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { flagsAsVariables } from './flags-as-variables.ts';

interface Row {
  readonly name: string;
  readonly pid: number;
  readonly state: 'running' | 'gone';
  readonly address: string;
}

export const run: RunCommand = async (call) => {
  const { args, options, around } = call;
  const env = { ...around.env, ...flagsAsVariables(options) };
  const dataDir = dataDirectoryOf(resolve(around.cwd, args[0] ?? '.'), env);
  const found = await readRunFile(dataDir);
  if (found === undefined || !(await isRunning(found.self))) {
    throw new CliError(
      `Expected quick dev to run with the data in ${dataDir}, found that it does not.`,
      {
        code: 'NOT_RUNNING',
        exitCode: EXIT.notFound,
        hint:
          found === undefined
            ? 'Start it: quick dev'
            : 'It was killed. To end what it may have left behind, run: quick dev stop',
      },
    );
  }
  printList(call, await rowsOf(found), {
    format: 'table',
    nameOf: ({ name }) => name,
    fields: [
      { header: 'NAME', text: 'What it is', read: ({ name }) => name },
      { header: 'PID', text: 'Its process', read: ({ pid }) => String(pid) },
      { header: 'STATE', text: 'running or gone', read: ({ state }) => state },
      {
        header: 'ADDRESS',
        text: 'Where it answers; of services its /livez, /readyz and /metrics',
        read: ({ address }) => address,
      },
    ],
  });
  around.stderr.write(
    '\nWhat the project wants, and what became of it, in its directory: quick get --context dev\n',
  );
  return undefined;
};

async function rowsOf({ self, url, kafka, processes }: DevRun): Promise<readonly Row[]> {
  const rows: Row[] = [{ name: 'dev', pid: self.pid, state: 'running', address: url }];
  for (const each of processes.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    rows.push({
      name: each.name,
      pid: each.pid,
      state: (await isRunning(each)) ? 'running' : 'gone',
      address: each.opsUrl ?? kafka,
    });
  }
  return rows;
}
