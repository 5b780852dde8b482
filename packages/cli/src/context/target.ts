import { readFile } from 'node:fs/promises';

import type { Environment } from '@quicksilver/common/config/option';

import type { CallOptions } from '../grammar/command-call.ts';
import { CliError, EXIT, usageError } from '../output/cli-error.ts';
import { readAll } from '../output/read-all.ts';
import { didYouMean } from '../output/suggest.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { bakdataConfigPath, configPath, readContexts, type Context } from './config-file.ts';
import { findRun } from './dev-run.ts';

/** Means the local `quick dev`, unless a context has this name. */
const DEV_CONTEXT = 'dev';

/** The deployment that a command uses. */
export interface Target {
  /** For messages. */
  readonly name: string;
  readonly managerUrl: string;
  readonly ingestUrl: string;
  readonly gatewayUrl: (gateway: string) => string;
  readonly key: string | undefined;
  readonly brokers: readonly string[];
  /** Address of the schema registry. */
  readonly schemaRegistry?: string | undefined;
  /**
   * Variables of the access to Kafka and the schema registry. Those of a context replace the
   * environment, so that no password is sent to the brokers of another deployment.
   */
  readonly kafkaVariables: Environment;
}

const OVERRIDES = ['host', 'brokers', 'registry', 'kafka-config', 'ingest', 'gateway'];

/**
 * The address comes from `-X host`, else from the context that is named, else from QUICK_URL, else
 * from the running `quick dev` of the project that contains the working directory, else from the
 * active context. Throws `CliError`.
 */
export async function findTarget(options: CallOptions, around: Surroundings): Promise<Target> {
  const { env } = around;
  const overrides = readOverrides(options.list('X'));
  const contextName = options.text('context') ?? nonEmpty(env['QUICK_CONTEXT']);
  const address =
    overrides.get('host') ?? (contextName === undefined ? nonEmpty(env['QUICK_URL']) : undefined);
  const context = address === undefined ? await findContext(contextName, around) : undefined;
  const managerUrl = managerUrlOf(address ?? context?.host ?? '');
  const base = managerUrl.replace(/\/manager$/, '');
  const gateways = overrides.get('gateway');
  const kafka = kafkaTarget(overrides, context, env);
  return {
    name: context?.name ?? base,
    managerUrl,
    ingestUrl: withScheme(overrides.get('ingest') ?? `${base}/ingest`),
    gatewayUrl: (gateway) =>
      withScheme(gateways ?? `${base}/gateway/${encodeURIComponent(gateway)}`),
    // The key of a context belongs to its host and is never sent to another host.
    key:
      (await keyOfOption(options, around)) ??
      nonEmpty(context?.apiKey) ??
      (await keyOfEnvironment(around)),
    ...kafka,
  };
}

/** The Kafka of a deployment. */
export type KafkaTarget = Pick<Target, 'brokers' | 'schemaRegistry' | 'kafkaVariables'>;

/** As `findTarget`, for a Kafka without a deployment. Without a context it uses the environment. */
export async function findKafkaTarget(
  options: CallOptions,
  around: Surroundings,
): Promise<KafkaTarget> {
  const overrides = readOverrides(options.list('X'));
  const contextName = options.text('context') ?? nonEmpty(around.env['QUICK_CONTEXT']);
  let context: FoundContext | undefined;
  try {
    context = await findContext(contextName, around);
  } catch (error) {
    if (contextName !== undefined) {
      throw error;
    }
  }
  return kafkaTarget(overrides, context, around.env);
}

function kafkaTarget(
  overrides: ReadonlyMap<string, string>,
  context: FoundContext | undefined,
  env: Environment,
): KafkaTarget {
  const kafkaConfig = overrides.get('kafka-config') ?? context?.kafkaConfig;
  const ofEnv = kafkaConfig === undefined ? env : {};
  const brokers = splitList(
    overrides.get('brokers') ?? context?.brokers ?? ofEnv['QUICK_KAFKA_BOOTSTRAP_SERVER'],
  );
  const schemaRegistry = nonEmpty(
    overrides.get('registry') ??
      context?.schemaRegistry ??
      ofEnv['QUICK_KAFKA_SCHEMA_REGISTRY_URL'],
  );
  return {
    brokers,
    schemaRegistry,
    kafkaVariables: {
      ...(context?.isUnsecured === true ? {} : ofEnv),
      ...{
        QUICK_KAFKA_CONFIG:
          kafkaConfig ?? (context?.isUnsecured === true ? '' : env['QUICK_KAFKA_CONFIG']),
        QUICK_KAFKA_CLIENT: env['QUICK_KAFKA_CLIENT'],
        QUICK_INTERNAL_TOPIC_PREFIX: env['QUICK_INTERNAL_TOPIC_PREFIX'],
        QUICK_KAFKA_SCHEMA_REGISTRY_URL: schemaRegistry,
        QUICK_KAFKA_BOOTSTRAP_SERVER: brokers.join(','),
      },
    },
  };
}

type FoundContext = Context & {
  readonly name: string;
  readonly isUnsecured?: boolean | undefined;
};

/** The address of a manager as bakdata Quick stores it. */
export function managerUrlOf(host: string): string {
  const trimmed = withScheme(host).replace(/\/+$/, '');
  return trimmed.endsWith('/manager') ? trimmed : `${trimmed}/manager`;
}

export function notInitialized(hint?: string): CliError {
  return new CliError(
    'Not initialized.\nPlease run:\n\t$ quick context create\nto set your host and API key.',
    { code: 'NOT_INITIALIZED', hint },
  );
}

/** The key of `--key-file`; undefined without this option. */
export async function keyOfOption(
  options: CallOptions,
  around: Surroundings,
): Promise<string | undefined> {
  const file = options.text('keyFile');
  if (file === undefined) {
    return undefined;
  }
  const key = file === '-' ? await readAll(around.stdin, around.signal) : await readKeyFile(file);
  return key.trim();
}

async function keyOfEnvironment({ env }: Surroundings): Promise<string | undefined> {
  const file = nonEmpty(env['QUICK_APIKEY_FILE']);
  return (
    nonEmpty(env['QUICK_APIKEY']) ??
    (file === undefined ? undefined : (await readKeyFile(file)).trim())
  );
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CliError(`The API key file ${file} cannot be read.`, {
      code: 'KEY_FILE',
      hint: 'Name a file that contains the key and nothing else.',
      cause,
    });
  }
}

async function findContext(
  contextName: string | undefined,
  around: Surroundings,
): Promise<FoundContext> {
  const path = configPath(around);
  const file = await readContexts(path);
  const name = contextName ?? file?.currentContext;
  // Work in the directory of a running project must not change another deployment.
  if (contextName === undefined || (name === DEV_CONTEXT && file?.contexts[name] === undefined)) {
    const run = await findRun(around.cwd, around.env);
    if (run !== undefined) {
      return {
        name: DEV_CONTEXT,
        host: `${run.url}/manager`,
        brokers: run.kafka,
        schemaRegistry: run.schemaRegistry,
        isUnsecured: run.isKafkaOfRun,
      };
    }
  }
  if (file === undefined || name === undefined) {
    // If quick-cli's file is invalid, `quick context import` reports why.
    const canImport =
      (await readContexts(bakdataConfigPath(around)).catch(() => undefined)) !== undefined;
    throw notInitialized(
      canImport
        ? 'To copy the contexts of quick-cli, run: quick context import'
        : 'For a running quick dev, run this in the directory of its project: no context is required.',
    );
  }
  const context = file.contexts[name];
  if (context === undefined) {
    throw contextNotFound(name, Object.keys(file.contexts));
  }
  return { ...context, name };
}

export function contextNotFound(name: string, known: readonly string[]): CliError {
  return new CliError(`Context ${name} not found.${didYouMean(name, known)}`, {
    code: 'CONTEXT_NOT_FOUND',
    exitCode: EXIT.notFound,
    hint:
      known.length === 0
        ? 'To create one, run: quick context create'
        : `The contexts are: ${known.join(', ')}. To create one, run: quick context create`,
  });
}

function readOverrides(entries: readonly string[]): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  for (const entry of entries) {
    const [key = '', ...value] = entry.split('=');
    if (!OVERRIDES.includes(key) || value.length === 0) {
      throw usageError(
        `Expected -X with one of ${OVERRIDES.join(', ')} and a value, found "${entry}".${didYouMean(key, OVERRIDES)}`,
        'Write it as: -X brokers=localhost:9092',
      );
    }
    overrides.set(key, value.join('='));
  }
  return overrides;
}

function withScheme(address: string): string {
  const url = /^https?:\/\//.test(address) ? address : `http://${address}`;
  if (!URL.canParse(url)) {
    throw usageError(`Expected an address such as http://localhost:8080, found "${address}".`);
  }
  return url.replace(/\/+$/, '');
}

function splitList(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
