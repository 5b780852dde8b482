import { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import {
  aclCommands,
  rightsOf,
  type KafkaRight,
  type KafkaUser,
} from '@quicksilver/contracts/control/kafka-rights';
import { formerRegistryOf } from '@quicksilver/contracts/topics/topic-entry';
import { isAccessDenied } from '@quicksilver/kafka/access-denied';
import type { ClusterInspector, TopicAccess } from '@quicksilver/kafka/cluster-inspector';
import { ConnectFailure, type ConnectStage } from '@quicksilver/kafka/security/connect-failure';

import type { KafkaAccess } from '../../context/kafka-access.ts';
import { CHECK_MS, findingOf, oneLine, type Finding } from './finding.ts';
import { internalTopics } from './internal-topics.ts';
import { principalOf } from './kafka-principal.ts';

export interface KafkaChecks {
  /** The programs whose rights the user of this command needs. */
  readonly users: readonly KafkaUser[];
  /** Whether the user of this command is that of the programs. Else missing rights are warnings. */
  readonly isTheirUser: boolean;
  /** Topics of users. */
  readonly topics: readonly string[];
  /** The name of the user in ACLs. Undefined if it has to be derived. */
  readonly principal: string | undefined;
}

const STAGES: readonly ConnectStage[] = ['connection', 'tls', 'authentication'];
const RELEASE_MIN = 3.7;

/** Checks the connection to Kafka step by step, then the cluster and the rights of the user. */
export async function kafkaFindings(
  access: KafkaAccess,
  checks: KafkaChecks,
): Promise<readonly Finding[]> {
  const inspector = access.inspector();
  try {
    let release: string | undefined;
    try {
      release = await inspector.release(AbortSignal.timeout(CHECK_MS));
    } catch (error) {
      return failedSteps(access, error);
    }
    return [
      ...passedSteps(access),
      releaseFinding(release),
      ...(await topicFindings(access, inspector)),
      ...(await rightFindings(access, inspector, checks)),
    ];
  } finally {
    inspector.close();
  }
}

function passedSteps({ brokers, config }: KafkaAccess): readonly Finding[] {
  const { protocol, mechanism } = config.security;
  const tls = protocol.endsWith('SSL') ? 'the certificate of the broker is valid' : 'not used';
  const sasl = protocol.startsWith('SASL') ? `accepted with ${mechanism}` : 'no SASL';
  return [
    { check: 'kafka connection', result: 'ok', fact: brokers.join(', ') },
    { check: 'kafka tls', result: 'ok', fact: tls },
    { check: 'kafka authentication', result: 'ok', fact: sasl },
  ];
}

/** The steps before the failed one passed, and those after it were not possible. */
function failedSteps(access: KafkaAccess, error: unknown): readonly Finding[] {
  const stage = stageOf(error);
  const at = STAGES.indexOf(stage);
  return passedSteps(access).map((step, index) => {
    if (index === at) {
      return { ...step, result: 'fail', fact: oneLine(error) };
    }
    return index < at ? step : { ...step, result: 'skip', fact: `needs the ${stage}` };
  });
}

function stageOf(error: unknown): ConnectStage {
  for (let at = error; at instanceof Error; at = at.cause) {
    const failure = at instanceof AggregateError ? at.errors[0] : at;
    if (failure instanceof ConnectFailure) {
      return failure.stage;
    }
  }
  return 'connection';
}

function releaseFinding(release: string | undefined): Finding {
  const check = 'kafka version';
  if (release === undefined) {
    return { check, result: 'ok', fact: '3.1 or later' };
  }
  return Number(release) < RELEASE_MIN
    ? {
        check,
        result: 'warn',
        fact: `${release}, but the tests begin with 3.7. Update the brokers`,
      }
    : { check, result: 'ok', fact: release };
}

async function topicFindings(
  access: KafkaAccess,
  inspector: ClusterInspector,
): Promise<readonly Finding[]> {
  const names = internalTopics(access.config);
  const former = formerRegistryOf(access.config.topicRegistry);
  const accesses = await inspector.topics(
    [...names, ...(former === undefined ? [] : [former])],
    AbortSignal.timeout(CHECK_MS),
  );
  const exists = (name: string): boolean => accesses.get(name)?.state === 'exists';
  const missing = names.filter((name) => accesses.get(name)?.state === 'missing');
  const inUse = formerInUse(access.config, accesses);
  const check = 'internal topics';
  if (missing.length > (inUse === undefined ? 0 : 1)) {
    const fact = `${missing.join(', ')} do not exist. The manager creates them when it starts`;
    return [{ check, result: 'warn', fact }];
  }
  const present = [...names, ...(inUse === undefined ? [] : [inUse])].filter(exists);
  return [
    await findingOf(check, async () => {
      await requireCompaction(access, present);
      return present.length === 0 ? 'no right to see them' : present.join(', ');
    }),
  ];
}

/** The topic registry of an earlier version, if only it exists. */
function formerInUse(
  { topicRegistry }: KafkaAccess['config'],
  accesses: ReadonlyMap<string, TopicAccess>,
): string | undefined {
  const former = formerRegistryOf(topicRegistry);
  const exists = (name: string): boolean => accesses.get(name)?.state === 'exists';
  return former !== undefined && exists(former) && !exists(topicRegistry) ? former : undefined;
}

/** Throws if Kafka may delete records of a topic. */
async function requireCompaction(access: KafkaAccess, topics: readonly string[]): Promise<void> {
  const admin = access.client().admin();
  try {
    for (const topic of topics) {
      const configs = await admin
        .configs(topic, ['cleanup.policy'], AbortSignal.timeout(CHECK_MS))
        .catch((error: unknown) => {
          if (isAccessDenied(error)) {
            return undefined;
          }
          throw error;
        });
      const policy = configs?.get('cleanup.policy') ?? 'compact';
      if (policy !== 'compact') {
        throw new Error(
          `Kafka deletes records of ${topic} (cleanup.policy=${policy}). Run: kafka-configs --bootstrap-server ${access.brokers[0]} --command-config admin.properties --alter --topic ${topic} --add-config cleanup.policy=compact`,
        );
      }
    }
  } finally {
    await admin.close();
  }
}

async function rightFindings(
  access: KafkaAccess,
  inspector: ClusterInspector,
  { users, isTheirUser, topics, principal }: KafkaChecks,
): Promise<readonly Finding[]> {
  const { config, brokers } = access;
  const internal = internalTopics(config);
  const former = formerRegistryOf(config.topicRegistry);
  const literal = topics.filter((name) => !name.endsWith('*'));
  const accesses = await inspector.topics(
    [...new Set([...internal, ...(former === undefined ? [] : [former]), ...literal])],
    AbortSignal.timeout(CHECK_MS),
  );
  const name = principal ?? (await principalOf(config.security));
  const prefix = config.internalPrefix;
  const otherInternal = internal.filter((topic) => !topic.startsWith(prefix));
  const formerRegistry = formerInUse(config, accesses);
  const options = { internalPrefix: prefix, otherInternal, formerRegistry, topics: literal };
  const findings: Finding[] = [];
  for (const user of users) {
    const rights = rightsOf(user, options);
    const missing: KafkaRight[] = [];
    for (const right of rights.filter(
      ({ when, topic }) => when === undefined || topic === formerRegistry,
    )) {
      const names = right.isPrefix
        ? internal.filter((topic) => topic.startsWith(right.topic))
        : [right.topic];
      const operations = await missingOperations(inspector, right, names, accesses);
      if (operations.length > 0) {
        missing.push({ ...right, operations });
      }
    }
    const commands = aclCommands(name, missing, brokers[0] ?? '');
    findings.push(
      missing.length === 0
        ? { check: `acls ${user}`, result: 'ok', fact: `${name} has the rights` }
        : {
            check: `acls ${user}`,
            result: isTheirUser ? 'fail' : 'warn',
            fact: `${name} lacks ${missing.map(printRight).join(', ')}. Run: ${commands.join(' && ')}`,
            commands,
          },
    );
  }
  return findings;
}

function printRight({ topic, isPrefix, operations }: KafkaRight): string {
  return `${operations.join(' and ')} on ${topic}${isPrefix ? '*' : ''}`;
}

/** Only `Create` can be checked for a topic that does not exist. */
async function missingOperations(
  inspector: ClusterInspector,
  { operations }: KafkaRight,
  topics: readonly string[],
  accesses: ReadonlyMap<string, TopicAccess>,
): Promise<KafkaRight['operations']> {
  const lacking = new Set<KafkaRight['operations'][number]>();
  for (const topic of topics) {
    const { state, operations: permitted } = accesses.get(topic) ?? {
      state: 'missing',
      operations: new Set(),
    };
    for (const operation of operations) {
      const isPermitted =
        operation === 'Create'
          ? await inspector.mayCreate(topic, AbortSignal.timeout(CHECK_MS))
          : state === 'missing' || permitted.has(operation);
      if (!isPermitted) {
        lacking.add(operation);
      }
    }
  }
  return operations.filter((operation) => lacking.has(operation));
}

/** Undefined without a registry. */
export async function registryFinding({ registry }: KafkaAccess): Promise<Finding | undefined> {
  const { schemaRegistry: addresses, schemaRegistryTimeoutMs, schemaRegistrySecurity } = registry;
  if (addresses === undefined) {
    return undefined;
  }
  const client = new SchemaRegistry({
    addresses,
    timeoutMs: schemaRegistryTimeoutMs,
    security: schemaRegistrySecurity,
  });
  try {
    return await findingOf('schema registry', async () => {
      // The subject does not exist. The registry has to report that in its own form.
      await client.latest('quick-doctor');
      return addresses.map(({ origin, path }) => `${origin}${path}`).join(', ');
    });
  } finally {
    await client.stop();
  }
}
