import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

import { describeError } from '@quicksilver/common/errors/describe';

import { configPath } from '../../context/config-file.ts';
import { findTarget, type Target } from '../../context/target.ts';
import { kafkaClientFor } from '../../context/kafka-client-for.ts';
import { createSender } from '../../manager/http-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { printList } from '../../output/print.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';

interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly found: string;
}

const execute = promisify(execFile);
const CHECK_MS = 10_000;
/** Asked about only to see whether Kafka answers. */
const ANY_TOPIC = '__topic-registry';

export const run: RunCommand = async (call) => {
  const findings = [
    await javaFinding(),
    await configFinding(call),
    ...(await deploymentFindings(call)),
  ];
  printList(call, findings, {
    format: 'table',
    nameOf: ({ check }) => check,
    fields: [
      { header: 'CHECK', text: 'What was looked at', read: ({ check }) => check },
      { header: 'RESULT', text: 'ok, warn or fail', read: ({ result }) => result },
      { header: 'FOUND', text: 'What was found, and what to do', read: ({ found }) => found },
    ],
  });
  return findings.some(({ result }) => result === 'fail') ? EXIT.failure : undefined;
};

async function javaFinding(): Promise<Finding> {
  try {
    const { stderr } = await execute('java', ['-version'], { timeout: CHECK_MS });
    return { check: 'java', result: 'ok', found: stderr.split('\n')[0] ?? '' };
  } catch {
    const found =
      'not on the path. quick dev needs Java 17 or newer to start Kafka, or --kafka host:port';
    return { check: 'java', result: 'warn', found };
  }
}

async function configFinding({ around }: CommandCall): Promise<Finding> {
  const path = configPath(around);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    return {
      check: 'contexts',
      result: 'warn',
      found: `no ${path}. Make one with: quick context create`,
    };
  }
  const isOpen = (found.mode & 0o077) !== 0;
  return isOpen
    ? {
        check: 'contexts',
        result: 'warn',
        found: `others may read ${path}, which holds keys. Run: chmod 600 ${path}`,
      }
    : { check: 'contexts', result: 'ok', found: path };
}

async function deploymentFindings(call: CommandCall): Promise<readonly Finding[]> {
  let target: Target;
  try {
    target = await findTarget(call.options, call.around);
  } catch (error) {
    return [{ check: 'deployment', result: 'fail', found: oneLine(error) }];
  }
  const manager = await managerFindings(call);
  const ingest = await tried('ingest', async () => {
    const http = createSender(target, call.around, call.options.flag('debug'));
    const response = await http.sendAny({
      url: `${target.ingestUrl}/`,
      whom: 'ingest',
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
    await tried('manager', async () => {
      const manager = await openManager(call);
      const { resources } = await manager.overview();
      for (const { kind, name, status } of resources) {
        if (status !== undefined && ['Failed', 'Degraded'].includes(status.state)) {
          const found = `${status.state}: ${status.reason ?? 'no reason given'}`;
          const result = status.state === 'Failed' ? 'fail' : 'warn';
          findings.push({ check: `${kind}/${name}`, result, found });
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
      found: 'no brokers known. quick tail needs them: -X brokers=host:port',
    };
  }
  return await tried('kafka', async () => {
    const admin = kafkaClientFor('platformatic', brokers).admin();
    try {
      await admin.describe(ANY_TOPIC, AbortSignal.timeout(CHECK_MS));
    } finally {
      await admin.close();
    }
    return brokers.join(', ');
  });
}

async function tried(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, result: 'ok', found: await work() };
  } catch (error) {
    return { check, result: 'fail', found: oneLine(error) };
  }
}

function oneLine(error: unknown): string {
  const text = error instanceof CliError ? error.message : describeError(error);
  return text.replaceAll(/\s+/g, ' ');
}
