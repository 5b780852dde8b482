import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Environment } from '@quicksilver/common/config/option';
import { codeOf } from '@quicksilver/common/errors/code-of';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

import { CliError } from '../output/cli-error.ts';

const context = z.object({
  /** Address of the manager, as Quick writes it: it ends with `/manager`. */
  host: z.string(),
  apiKey: z.string().optional(),
  /** `host:port` entries of Kafka, for `quick tail`. */
  brokers: z.string().optional(),
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

export interface ConfigPlace {
  readonly env: Environment;
  readonly home: string;
}

export function configPath({ env, home }: ConfigPlace): string {
  const given = env['XDG_CONFIG_HOME'];
  return join(
    given === undefined || given === '' ? join(home, '.config') : given,
    'quicksilver',
    'config.yaml',
  );
}

/** Where quick-cli keeps its own. */
export function quickConfigPath({ home }: ConfigPlace): string {
  return join(home, '.config', 'quick.conf');
}

/** Undefined where there is none. Throws `CliError` where it cannot be understood. */
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
    // The message of the parser shows lines of the file, and those hold keys.
    throw unreadable(path, String(codeOf(error) ?? 'no YAML'));
  }
  if (content === null) {
    return undefined;
  }
  const read = configFile.safeParse(content);
  if (!read.success) {
    throw unreadable(path, z.prettifyError(read.error));
  }
  return read.data;
}

/** Only the user may read it, for it holds keys. */
export async function writeContexts(path: string, contexts: Contexts): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const making = `${path}.${Date.now().toString(36)}`;
  try {
    await writeFile(making, printYaml(contexts), { mode: 0o600, flag: 'wx' });
    await chmod(making, 0o600);
    await rename(making, path);
  } finally {
    await rm(making, { force: true });
  }
}

/** YAML as quick-cli prints it: members in the order of the alphabet. */
export function printYaml(value: unknown): string {
  return stringify(value, { sortMapEntries: true, singleQuote: true, lineWidth: 0 });
}

function unreadable(path: string, why: string): CliError {
  return new CliError(`Expected the contexts of quick in ${path}, found: ${why}`, {
    code: 'CONFIG_UNREADABLE',
    hint: 'Repair the file, or move it away and run: quick context create',
  });
}
