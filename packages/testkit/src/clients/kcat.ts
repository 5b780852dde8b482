import { runProgram } from '@quicksilver/processes/run-program';

const RUN_MS = 60_000;

export interface KcatRecords {
  readonly bootstrapServer: string;
  readonly topic: string;
  /** Keys and values without tabs and line breaks. An empty value is a tombstone. */
  readonly records: readonly (readonly [key: string, value: string])[];
  /** The setting of librdkafka. */
  readonly partitioner?: string;
}

/** Writes records with librdkafka, which is independent of this project. */
export async function kcatProduce({
  bootstrapServer,
  topic,
  records,
  partitioner = 'consistent_random',
}: KcatRecords): Promise<void> {
  const settings = ['-X', `topic.partitioner=${partitioner}`, '-X', 'acks=all'];
  const { exitCode, stderr } = await runProgram({
    command: 'kcat',
    args: ['-P', '-b', bootstrapServer, '-t', topic, '-K', '\t', '-Z', ...settings],
    input: records.map(([key, value]) => `${key}\t${value}\n`).join(''),
    timeoutMs: RUN_MS,
  });
  if (exitCode !== 0 || stderr.includes('ERROR')) {
    throw new Error(`kcat ended with ${exitCode}: ${stderr}`);
  }
}
