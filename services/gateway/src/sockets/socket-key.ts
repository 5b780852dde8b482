import type { Admission, ApiKeyCheck } from '@quicksilver/common/http/api-key-check';

/** Members of the payload of `connection_init` that hold a key, in small letters. */
const PAYLOAD_NAMES: ReadonlySet<string> = new Set(['x-api-key', 'apikey']);

/**
 * The key of a WebSocket: from the header of its upgrade, or from the payload of `connection_init`,
 * as browsers cannot set headers. Undefined where there is none, and where any that is there is not
 * in force.
 */
export function admitSocket(
  keys: ApiKeyCheck,
  header: string | readonly string[] | undefined,
  payload: Readonly<Record<string, unknown>> | undefined,
): Admission | undefined {
  const given: unknown[] = Object.entries(payload ?? {})
    .filter(([name]) => PAYLOAD_NAMES.has(name.toLowerCase()))
    .map(([, value]) => value);
  if (header !== undefined) {
    given.push(header);
  }
  const admissions = given.map((key) => (typeof key === 'string' ? keys.admit(key) : undefined));
  return admissions.includes(undefined) ? undefined : admissions[0];
}
