import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

import type { KafkaUser } from '@quicksilver/contracts/control/kafka-rights';

import { configPath } from '../../context/config-file.ts';
import { kafkaAccessOf, type KafkaAccess } from '../../context/kafka-access.ts';
import { findKafkaTarget, findTarget, type Target } from '../../context/target.ts';
import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { createSender } from '../../manager/http-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { EXIT, usageError } from '../../output/cli-error.ts';
import { printList } from '../../output/print.ts';
import { CHECK_MS, findingOf, oneLine, type Finding } from './finding.ts';
import { kafkaFindings, registryFinding } from './kafka-findings.ts';
import { printAcls, readUsers } from './print-acls.ts';

const execute = promisify(execFile);
export const run: RunCommand = async (call) => {
  const users = readUsers(call.options.text('service'));
  const principal = call.options.text('principal');
  const access = await accessOf(call);
  if (call.options.flag('acls')) {
    if ('problem' in access) {
      throw access.problem;
    }
    const topics = await topicsOf(call);
    if (topics.length === 0) {
      throw usageError(
        'The topics of the deployment are not known.',
        'Name them: quick doctor --acls --topics orders,customers. A name that ends with * is a prefix.',
      );
    }
    printAcls(call, { access, users, topics, principal });
    return undefined;
  }
  const findings = [
    await javaFinding(),
    await configFinding(call),
    ...(await deploymentFindings(call)),
    ...(await kafkaFindingsOf(call, access, users)),
  ];
  const rows = findings.map(({ check, result, fact, commands }) => ({
    ...{ check, result, found: fact },
    ...(commands === undefined ? {} : { commands }),
  }));
  printList(call.output, rows, {
    defaultFormat: 'table',
    nameOf: ({ check }) => check,
    fields: [
      { header: 'CHECK', text: 'Name of the check', read: ({ check }) => check },
      { header: 'RESULT', text: 'ok, warn, fail or skip', read: ({ result }) => result },
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
  return [...manager, ingest];
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

type Access = KafkaAccess | { readonly problem: unknown };

async function accessOf({ options, around }: CommandCall): Promise<Access> {
  try {
    return kafkaAccessOf(await findKafkaTarget(options, around));
  } catch (problem) {
    return { problem };
  }
}

/** The topics of `--topics`, else those of the manager, if it responds. */
async function topicsOf(call: CommandCall): Promise<readonly string[]> {
  const text = call.options.text('topics');
  if (text !== undefined) {
    const names = text.split(',').map((name) => name.trim());
    return names.filter((name) => name !== '');
  }
  try {
    const { resources } = await (await openManager(call)).overview();
    return resources.filter(({ kind }) => kind === 'topic').map(({ name }) => name);
  } catch {
    // Another check reports the manager.
    return [];
  }
}

async function kafkaFindingsOf(
  call: CommandCall,
  access: Access,
  users: readonly KafkaUser[],
): Promise<readonly Finding[]> {
  if ('problem' in access) {
    return [{ check: 'kafka options', result: 'fail', fact: oneLine(access.problem) }];
  }
  const registry = await registryFinding(access);
  const rest = registry === undefined ? [] : [registry];
  if (access.brokers.length === 0) {
    const fact = 'the brokers are not known. quick tail requires them: -X brokers=host:port';
    return [{ check: 'kafka', result: 'warn', fact }, ...rest];
  }
  try {
    const isTheirUser = call.options.text('service') !== undefined;
    const principal = call.options.text('principal');
    const checks = { users, isTheirUser, principal, topics: await topicsOf(call) };
    return [...(await kafkaFindings(access, checks)), ...rest];
  } catch (error) {
    return [{ check: 'kafka', result: 'fail', fact: oneLine(error) }, ...rest];
  }
}
