import { resolve } from 'node:path';

import { isRunning } from '@quicksilver/processes/process-identity';

import { lastDataDirectoryOf, readRunFile, type DevRun } from '../../context/dev-run.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import { printList } from '../../output/print.ts';
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
  const dataDir = await lastDataDirectoryOf(resolve(around.cwd, args[0] ?? '.'), env);
  const devRun = await readRunFile(dataDir);
  if (devRun === undefined || !(await isRunning(devRun.self))) {
    throw new CliError(`There is no running quick dev with the data in ${dataDir}.`, {
      code: 'NOT_RUNNING',
      exitCode: EXIT.notFound,
      hint:
        devRun === undefined
          ? 'To start one, run: quick dev'
          : 'It was killed. To end processes that it may have left, run: quick dev stop',
    });
  }
  printList(call.output, await rowsOf(devRun), {
    defaultFormat: 'table',
    nameOf: ({ name }) => name,
    fields: [
      { header: 'NAME', text: 'Name of the process', read: ({ name }) => name },
      { header: 'PID', text: 'Process id', read: ({ pid }) => String(pid) },
      { header: 'STATE', text: 'running or gone', read: ({ state }) => state },
      {
        header: 'ADDRESS',
        text: 'Address; for services the address of /livez, /readyz and /metrics',
        read: ({ address }) => address,
      },
    ],
  });
  around.stderr.write('\nFor the resources of the project, run in its directory: quick get\n');
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
