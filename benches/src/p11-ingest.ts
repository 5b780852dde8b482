import { BenchKafka } from './bench-kafka.ts';
import type { Benchmark } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { silentIngest, startIngest, type Running } from './servers.ts';
import { wrk } from './wrk.ts';

const BROKER_WARM_UP_SECONDS = 20;

export const ingest: Benchmark = {
  name: 'p11',
  title: 'P11: ingest writes single records with acks=all, against the same route without Kafka',
  async run({ rounds, smoke, say }) {
    const seconds = smoke ? 1 : 5;
    // The broker keeps both cores: ingest waits for it, and its time is part of what is measured.
    await using kafka = await BenchKafka.start();
    const topic = await kafka.fill({ records: 10, partitions: 6 });
    const load = async (server: Running): Promise<Readonly<Record<string, number>>> => {
      const url = `http://${server.address}`;
      const target = { url, script: 'post-record.lua', args: [`/${topic}`], connections: 64 };
      await wrk({ ...target, seconds: smoke ? 1 : 3 });
      const many = await wrk({ ...target, seconds });
      return { perSecond: many.requestsPerSecond, p99Ms: many.p99Ms };
    };
    // The broker is a JVM: it reaches its speed after it has compiled itself.
    if (!smoke) {
      await using server = await startIngest(kafka);
      const url = `http://${server.address}`;
      const target = { url, script: 'post-record.lua', args: [`/${topic}`], connections: 64 };
      await wrk({ ...target, seconds: BROKER_WARM_UP_SECONDS });
    }
    const { kafka: written, silent } = await interleave(
      {
        kafka: async () => {
          await using server = await startIngest(kafka);
          return await load(server);
        },
        silent: async () => {
          await using server = await silentIngest(kafka);
          return await load(server);
        },
      },
      { rounds, say },
    );
    return {
      figures: [
        {
          name: 'with Kafka to without',
          value: (written['perSecond'] ?? 0) / (silent['perSecond'] ?? 0),
          unit: 'ratio',
          target: { min: 0.65 },
        },
        { name: 'with Kafka', value: written['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'without', value: silent['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'with Kafka, p99', value: written['p99Ms'] ?? 0, unit: 'ms' },
      ],
      notes: [`records of about 236 bytes, 6 partitions, 64 connections, wrk, ${seconds} s`],
    };
  },
};
