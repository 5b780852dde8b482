import { fileURLToPath } from 'node:url';

import { Producer } from '@platformatic/kafka';
import { consoleProduce } from '@quicksilver/local-kafka/console-tools';
import { runProgram } from '@quicksilver/processes/run-program';
import type { TestBroker } from '@quicksilver/testkit/broker';

import { pythonWith } from '../clients/python-venv.ts';

/** A value of null is a removal. */
export type Written = readonly (readonly [key: string, value: string | null])[];

/** Writes records with the partitioner that the client has by default. */
export type WriteRecords = (broker: TestBroker, topic: string, records: Written) => Promise<void>;

const RUN_MS = 120_000;
const SCRIPT = fileURLToPath(new URL('write_keys.py', import.meta.url));

export const CLIENTS: Readonly<Record<string, WriteRecords>> = {
  kcat: async (broker, topic, records) => {
    const args = ['-P', '-b', broker.bootstrapServer, '-t', topic, '-K', '\t', '-Z'];
    const input = records.map(([key, value]) => `${key}\t${value ?? ''}\n`).join('');
    await run('kcat', [...args, '-X', 'acks=all'], input);
  },
  'confluent-kafka': withPython('confluent-kafka'),
  'kafka-python': withPython('kafka-python'),
  java: async (broker, topic, records) => {
    const all = records.map(([key, value]) => ({ key, value }));
    await consoleProduce({ ...broker, topic, records: all });
  },
  '@platformatic/kafka': async (broker, topic, records) => {
    const producer = new Producer({
      clientId: 'partitioners-test',
      bootstrapBrokers: [broker.bootstrapServer],
    });
    try {
      await producer.send({
        acks: -1,
        messages: records.map(([key, value]) => ({
          topic,
          key: Buffer.from(key),
          // The library writes null as Kafka's null, although its types leave that out.
          value: (value === null ? null : Buffer.from(value)) as Buffer,
        })),
      });
    } finally {
      await producer.close();
    }
  },
};

function withPython(client: string): WriteRecords {
  return async (broker, topic, records) => {
    const python = await pythonWith(new URL('requirements.txt', import.meta.url));
    const input = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    await run(python, [SCRIPT, client, broker.bootstrapServer, topic], input);
  };
}

async function run(command: string, args: readonly string[], input: string): Promise<void> {
  const outcome = await runProgram({ command, args, input, timeoutMs: RUN_MS });
  if (outcome.exitCode !== 0) {
    throw new Error(`${command} ended with ${outcome.exitCode}: ${outcome.stderr}`);
  }
}
