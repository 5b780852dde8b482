import type { CallOptions } from '../../grammar/command-call.ts';

/** Flags of `dev` and `load`, and the variables that they stand for. */
const FLAGS = {
  kafka: 'QUICK_KAFKA_BOOTSTRAP_SERVER',
  port: 'QUICK_PORT',
  dataDir: 'QUICK_DATA_DIR',
  ingestUrl: 'QUICK_INGEST_URL',
} as const;

/** A flag wins over its variable. */
export function flagsAsVariables(options: CallOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(FLAGS).flatMap(([flag, variable]) => {
      const value = options.text(flag);
      return value === undefined ? [] : [[variable, value]];
    }),
  );
}
