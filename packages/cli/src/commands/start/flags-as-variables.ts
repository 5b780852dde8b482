import type { CallOptions } from '../../grammar/command-call.ts';

/** Options of `dev` and `load`, and the variables that they replace. */
const FLAGS = {
  kafka: 'QUICK_KAFKA_BOOTSTRAP_SERVER',
  port: 'QUICK_PORT',
  dataDir: 'QUICK_DATA_DIR',
  ingestUrl: 'QUICK_INGEST_URL',
} as const;

/** The options of a call as variables, to be merged over the environment. */
export function flagsAsVariables(options: CallOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(FLAGS).flatMap(([flag, variable]) => {
      const value = options.text(flag);
      return value === undefined ? [] : [[variable, value]];
    }),
  );
}
