import type { Admission, ApiKeyCheck } from '@quicksilver/common/http/api-key-check';

/** Members of the payload of `connection_init` that contain a key, in lower case. */
const PAYLOAD_NAMES: ReadonlySet<string> = new Set(['x-api-key', 'apikey']);

/**
 * Checks the key of a WebSocket. It is in the header of the upgrade or, because browsers cannot set
 * headers, in the payload of `connection_init`. Undefined if there is no key or one is not valid.
 */
export function admitSocket(
  keys: ApiKeyCheck,
  header: string | readonly string[] | undefined,
  payload: Readonly<Record<string, unknown>> | undefined,
): Admission | undefined {
  const candidates: unknown[] = Object.entries(payload ?? {})
    .filter(([name]) => PAYLOAD_NAMES.has(name.toLowerCase()))
    .map(([, value]) => value);
  if (header !== undefined) {
    candidates.push(header);
  }
  const admissions = candidates.map((key) =>
    typeof key === 'string' ? keys.admit(key) : undefined,
  );
  return admissions.includes(undefined) ? undefined : admissions[0];
}
