import { readFile } from 'node:fs/promises';

import { CliError, EXIT, usageError } from '../output/cli-error.ts';
import type { CallOptions } from '../grammar/command-call.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { didYouMean } from '../output/suggest.ts';
import { readAll } from '../output/read-all.ts';
import { findRun } from './dev-run.ts';
import { configPath, quickConfigPath, readContexts, type Context } from './config-file.ts';

/** Names what `quick dev` runs, unless there is a context of this name. */
const DEV_CONTEXT = 'dev';

/** The deployment that a command talks to. */
export interface Target {
  /** What to call it in messages. */
  readonly name: string;
  readonly managerUrl: string;
  readonly ingestUrl: string;
  readonly gatewayUrl: (gateway: string) => string;
  readonly key: string | undefined;
  readonly brokers: readonly string[];
}

const OVERRIDES = ['host', 'brokers', 'ingest', 'gateway'];

/**
 * `-X` wins over QUICK_URL, and that over the contexts unless one is named. Without any of them it is
 * what `quick dev` runs of the project in which one stands. Throws `CliError`.
 */
export async function findTarget(options: CallOptions, around: Surroundings): Promise<Target> {
  const { env } = around;
  const overrides = readOverrides(options.list('X'));
  const named = options.text('context') ?? textIn(env['QUICK_CONTEXT']);
  const address =
    overrides.get('host') ?? (named === undefined ? textIn(env['QUICK_URL']) : undefined);
  const context = address === undefined ? await findContext(named, around) : undefined;
  const managerUrl = managerUrlOf(address ?? context?.host ?? '');
  const base = managerUrl.replace(/\/manager$/, '');
  const gateways = overrides.get('gateway');
  return {
    name: context?.name ?? base,
    managerUrl,
    ingestUrl: withScheme(overrides.get('ingest') ?? `${base}/ingest`),
    gatewayUrl: (gateway) =>
      withScheme(gateways ?? `${base}/gateway/${encodeURIComponent(gateway)}`),
    // A key of the context belongs to its host and is never sent to another one.
    key:
      (await givenKey(options, around)) ??
      textIn(context?.apiKey) ??
      (await keyOfEnvironment(around)),
    brokers: splitList(
      overrides.get('brokers') ?? context?.brokers ?? env['QUICK_KAFKA_BOOTSTRAP_SERVER'],
    ),
  };
}

/** The address of a manager as Quick keeps it. */
export function managerUrlOf(host: string): string {
  const trimmed = withScheme(host).replace(/\/+$/, '');
  return trimmed.endsWith('/manager') ? trimmed : `${trimmed}/manager`;
}

export function notInitialized(hint?: string): CliError {
  return new CliError(
    'Not initialized.\nPlease run:\n\t$ quick context create\nto set your host and API key.',
    { code: 'NOT_INITIALIZED', ...(hint === undefined ? {} : { hint }) },
  );
}

/** The key of `--key-file`; undefined where none was named. */
export async function givenKey(
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
  const file = textIn(env['QUICK_APIKEY_FILE']);
  return (
    textIn(env['QUICK_APIKEY']) ??
    (file === undefined ? undefined : (await readKeyFile(file)).trim())
  );
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CliError(`Expected an API key in the file ${file}, which cannot be read.`, {
      code: 'KEY_FILE',
      hint: 'Name a file that holds nothing but the key.',
      cause,
    });
  }
}

async function findContext(
  named: string | undefined,
  around: Surroundings,
): Promise<Context & { readonly name: string }> {
  const path = configPath(around);
  const file = await readContexts(path);
  const name = named ?? file?.currentContext;
  if (name === undefined || (name === DEV_CONTEXT && file?.contexts[name] === undefined)) {
    const run = await findRun(around.cwd, around.env);
    if (run !== undefined) {
      return { name: DEV_CONTEXT, host: `${run.url}/manager`, brokers: run.kafka };
    }
  }
  if (file === undefined || name === undefined) {
    // One that cannot be read is no help here; who imports it is told what is wrong with it.
    const hasQuicks =
      (await readContexts(quickConfigPath(around)).catch(() => undefined)) !== undefined;
    throw notInitialized(
      hasQuicks
        ? 'Or take over what quick-cli knows: quick context import'
        : 'What quick dev runs needs no context in the directory of its project.',
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
        : `There are: ${known.join(', ')}. To create one, run: quick context create`,
  });
}

function readOverrides(given: readonly string[]): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  for (const entry of given) {
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

function textIn(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
