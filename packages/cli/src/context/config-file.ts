import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Environment } from '@quicksilver/common/config/option';
import { codeOf } from '@quicksilver/common/errors/code-of';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

import { CliError } from '../output/cli-error.ts';

const context = z.object({
  /** Address of the manager. It ends with `/manager`, as in bakdata Quick. */
  host: z.string(),
  apiKey: z.string().optional(),
  /** Addresses of Kafka as `host:port`, for `quick tail`. */
  brokers: z.string().optional(),
  /** Address of the schema registry, for `quick tail`. */
  schemaRegistry: z.string().optional(),
  /** Path of a file in the form of Kafka's client.properties, for the brokers and the registry. */
  kafkaConfig: z.string().optional(),
});

const configFile = z.object({
  currentContext: z.string().optional(),
  contexts: z.record(z.string(), context),
});

export type Context = Readonly<z.infer<typeof context>>;
export interface Contexts {
  readonly currentContext?: string | undefined;
  readonly contexts: Readonly<Record<string, Context>>;
}

export interface ConfigLocation {
  readonly env: Environment;
  readonly home: string;
}

export function configPath({ env, home }: ConfigLocation): string {
  const xdgHome = env['XDG_CONFIG_HOME'] ?? '';
  return join(xdgHome === '' ? join(home, '.config') : xdgHome, 'quicksilver', 'config.yaml');
}

/** The configuration file of quick-cli, the client of bakdata Quick. */
export function bakdataConfigPath({ home }: Pick<ConfigLocation, 'home'>): string {
  return join(home, '.config', 'quick.conf');
}

/** Returns undefined if there is no file or it is empty. Throws `CliError` if it is invalid. */
export async function readContexts(path: string): Promise<Contexts | undefined> {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw unreadable(path, String(error));
  }
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    // The parser's message quotes lines of the file, which contain keys.
    throw unreadable(path, `it is not YAML (${String(codeOf(error) ?? 'syntax error')})`);
  }
  if (content === null) {
    return undefined;
  }
  const result = configFile.safeParse(content);
  if (!result.success) {
    throw unreadable(path, z.prettifyError(result.error));
  }
  return result.data;
}

/** Writes the file with access for its owner only, because it contains keys. */
export async function writeContexts(path: string, contexts: Contexts): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${Date.now().toString(36)}`;
  try {
    await writeFile(draft, printYaml(contexts), { mode: 0o600, flag: 'wx' });
    await chmod(draft, 0o600);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Prints YAML like quick-cli: members in alphabetical order. */
export function printYaml(value: unknown): string {
  return stringify(value, { sortMapEntries: true, singleQuote: true, lineWidth: 0 });
}

function unreadable(path: string, why: string): CliError {
  return new CliError(`The contexts in ${path} cannot be read: ${why}`, {
    code: 'CONFIG_UNREADABLE',
    hint: 'Correct the file, or move it away and run: quick context create',
  });
}
