import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

import { describeError } from '@quicksilver/common/errors/describe';

import { configPath } from '../../context/config-file.ts';
import { kafkaClientFor } from '../../context/kafka-client-for.ts';
import { findTarget, type Target } from '../../context/target.ts';
import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { createSender } from '../../manager/http-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import { printList } from '../../output/print.ts';

interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly fact: string;
}

const execute = promisify(execFile);
const CHECK_MS = 10_000;
/** The topic of a request that only checks whether Kafka answers. */
const ANY_TOPIC = '__topic-registry';

export const run: RunCommand = async (call) => {
  const findings = [
    await javaFinding(),
    await configFinding(call),
    ...(await deploymentFindings(call)),
  ];
  const rows = findings.map(({ check, result, fact }) => ({ check, result, found: fact }));
  printList(call.output, rows, {
    defaultFormat: 'table',
    nameOf: ({ check }) => check,
    fields: [
      { header: 'CHECK', text: 'Name of the check', read: ({ check }) => check },
      { header: 'RESULT', text: 'ok, warn or fail', read: ({ result }) => result },
      { header: 'FOUND', text: 'Fact and remedy', read: (row) => row.found },
    ],
  });
  return findings.some(({ result }) => result === 'fail') ? EXIT.failure : undefined;
};

async function javaFinding(): Promise<Finding> {
  try {
    const { stderr } = await execute('java', ['-version'], { timeout: CHECK_MS });
    return { check: 'java', result: 'ok', fact: stderr.split('\n')[0] ?? '' };
  } catch {
    const fact =
      'not on the path. quick dev requires Java 17 or newer to start Kafka, or --kafka host:port';
    return { check: 'java', result: 'warn', fact };
  }
}

async function configFinding({ around }: CommandCall): Promise<Finding> {
  const path = configPath(around);
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) {
    return {
      check: 'contexts',
      result: 'warn',
      fact: `there is no ${path}. To create it, run: quick context create`,
    };
  }
  const isOpen = (stats.mode & 0o077) !== 0;
  return isOpen
    ? {
        check: 'contexts',
        result: 'warn',
        fact: `other users can read ${path}, which contains keys. Run: chmod 600 ${path}`,
      }
    : { check: 'contexts', result: 'ok', fact: path };
}

async function deploymentFindings(call: CommandCall): Promise<readonly Finding[]> {
  let target: Target;
  try {
    target = await findTarget(call.options, call.around);
  } catch (error) {
    return [{ check: 'deployment', result: 'fail', fact: oneLine(error) }];
  }
  const manager = await managerFindings(call);
  const ingest = await findingOf('ingest', async () => {
    const http = createSender(target, call.around, call.options.flag('debug'));
    const response = await http.sendAny({
      url: `${target.ingestUrl}/`,
      server: 'ingest',
      timeoutMs: CHECK_MS,
    });
    if (response.status === 401 || response.status >= 500) {
      throw new Error(`HTTP status ${response.status} from ${target.ingestUrl}`);
    }
    return target.ingestUrl;
  });
  return [...manager, ingest, await kafkaFinding(target)];
}

async function managerFindings(call: CommandCall): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  findings.push(
    await findingOf('manager', async () => {
      const manager = await openManager(call);
      const { resources } = await manager.overview();
      for (const { kind, name, status } of resources) {
        if (status !== undefined && ['Failed', 'Degraded'].includes(status.state)) {
          const fact = `${status.state}: ${status.reason ?? 'the manager reports no reason'}`;
          const result = status.state === 'Failed' ? 'fail' : 'warn';
          findings.push({ check: `${kind}/${name}`, result, fact });
        }
      }
      return `${manager.target.managerUrl} with ${resources.length} resources`;
    }),
  );
  return findings.toReversed();
}

async function kafkaFinding({ brokers }: Target): Promise<Finding> {
  if (brokers.length === 0) {
    return {
      check: 'kafka',
      result: 'warn',
      fact: 'the brokers are not known. quick tail requires them: -X brokers=host:port',
    };
  }
  return await findingOf('kafka', async () => {
    const admin = kafkaClientFor(
      { kafkaClient: 'platformatic', security: undefined },
      brokers,
    ).admin();
    try {
      await admin.describe(ANY_TOPIC, AbortSignal.timeout(CHECK_MS));
    } finally {
      await admin.close();
    }
    return brokers.join(', ');
  });
}

/** Runs a check, which resolves to the fact to print or throws. */
async function findingOf(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, result: 'ok', fact: await work() };
  } catch (error) {
    return { check, result: 'fail', fact: oneLine(error) };
  }
}

function oneLine(error: unknown): string {
  const text = error instanceof CliError ? error.message : describeError(error);
  return text.replaceAll(/\s+/g, ' ');
}
