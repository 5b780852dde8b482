import type { Environment } from '@quicksilver/common/config/option';

import type { ServiceEnv } from './service-process.ts';

/** Variables of this process that its children see; anything else is none of their business. */
const PASSED =
  /^(?:PATH|HOME|USER|TZ|LANG|LC_.*|TMPDIR|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_COMPILE_CACHE|QUICK_.*)$/;

/** The environment of a service: what it may see of ours, and over it what it must have. */
export function childEnv(env: Environment, own: ServiceEnv): ServiceEnv {
  const passed = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && PASSED.test(entry[0]),
  );
  return { ...Object.fromEntries(passed), NODE_ENV: 'production', ...own };
}
