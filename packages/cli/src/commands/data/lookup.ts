import { batchPath, keyPath } from '@quicksilver/contracts/mirror-api/contract';
import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';

import type { ManagerClient } from '../../manager/manager-client.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';

/** A URL cannot have these as a segment, however they are encoded. */
const DOT_SEGMENTS = new Set(['.', '..']);

/** Reads a path of the mirrors, which are behind the same port as the manager. */
export async function readMirror(
  { target, http }: ManagerClient,
  path: string,
  keys?: readonly string[],
): Promise<string> {
  const base = target.managerUrl.replace(/\/manager$/, '');
  const batch = keys === undefined ? {} : ({ method: 'POST', json: keys } as const);
  const response = await http.send({ url: `${base}${path}`, server: 'the mirror', ...batch });
  return await response.text();
}

/** The latest value of a key. Throws `CliError` if there is none. */
export async function readValue(
  manager: ManagerClient,
  topic: string,
  key: string,
): Promise<unknown> {
  if (!DOT_SEGMENTS.has(key)) {
    return parseSpelledJson(await readMirror(manager, keyPath(topic, key)));
  }
  const values = parseSpelledJson(await readMirror(manager, batchPath(topic), [key]));
  const [value = null] = Array.isArray(values) ? (values as unknown[]) : [];
  if (value === null) {
    const detail = `Topic ${topic} has no value of key ${key}.`;
    throw new CliError(detail, { code: 'KEY_NOT_FOUND', exitCode: EXIT.notFound });
  }
  return value;
}
