import type { Environment } from '@quicksilver/common/config/option';

export type ServiceEnv = Readonly<Record<string, string>>;

/** Variables of this process that its child processes inherit. */
const INHERITED =
  /^(?:PATH|HOME|USER|TZ|LANG|LC_.*|TMPDIR|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_COMPILE_CACHE|QUICK_.*)$/;

/** The environment of a child process: inherited variables, overridden by those of the service. */
export function childEnv(env: Environment, serviceEnv: ServiceEnv): ServiceEnv {
  const inherited = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && INHERITED.test(entry[0]),
  );
  return { ...Object.fromEntries(inherited), NODE_ENV: 'production', ...serviceEnv };
}
