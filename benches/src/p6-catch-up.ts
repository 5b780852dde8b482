import { BenchKafka } from './bench-kafka.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { PinnedProcess } from './pinned-process.ts';
import { caughtUp, startMirror, type MirrorOptions } from './servers.ts';

const bareConsumer = new URL('../servers/bare-consumer.ts', import.meta.url).pathname;
/** The most resident memory during the load of a million records, by the size of the cache. */
export const MEMORY_MAX_MIB = { 256: 600, 64: 350 } as const;

/** Times are from the start of the process, Node's own start included, with both cores free. */
export const catchUp: Benchmark = {
  name: 'p6',
  title: 'P6: a mirror catches up with an existing topic, against a consumer that only counts',
  async run({ rounds, smoke, say }) {
    const sizes = smoke ? [20_000] : [1_000_000, 5_000_000];
    await using kafka = await BenchKafka.start();
    const figures: Figure[] = [];
    for (const records of sizes) {
      say(`filling a topic with ${records} records`);
      const topic = await kafka.fill({ records, partitions: 6 });
      const mirror = (cacheMiB: number) => () => timeMirror(kafka, topic, records, { cacheMiB });
      const medians = await interleave(
        {
          bare: () => timeBare(kafka, topic, records),
          mirror256: mirror(256),
          mirror64: mirror(64),
        },
        { rounds: records > 1_000_000 ? Math.min(rounds, 2) : rounds, say },
      );
      const size = `${records / 1_000_000} M`;
      const bare = medians.bare['perSecond'] ?? Number.NaN;
      figures.push({ name: `${size}: bare consumer`, value: bare, unit: 'records/s' });
      for (const cacheMiB of [256, 64] as const) {
        const { perSecond = 0, residentMiB = 0 } = medians[`mirror${cacheMiB}`];
        const name = `${size}: mirror, ${cacheMiB} MB cache`;
        figures.push(
          {
            name: `${name}, to bare`,
            value: perSecond / bare,
            unit: 'ratio',
            target: { min: 0.25 },
          },
          { name, value: perSecond, unit: 'records/s' },
          {
            name: `${name}, peak resident memory`,
            value: residentMiB,
            unit: 'MiB',
            ...(records === 1_000_000 ? { target: { max: MEMORY_MAX_MIB[cacheMiB] } } : {}),
          },
        );
      }
    }
    return { figures, notes: ['6 partitions, every key once, documents of about 236 bytes'] };
  },
};

async function timeBare(
  kafka: BenchKafka,
  topic: string,
  records: number,
): Promise<Readonly<Record<string, number>>> {
  const begun = performance.now();
  await using _consumer = await PinnedProcess.start({
    script: bareConsumer,
    args: [topic, String(records)],
    env: { QUICK_KAFKA_BOOTSTRAP_SERVER: kafka.bootstrapServer },
  });
  return { perSecond: (records / (performance.now() - begun)) * 1000 };
}

export async function timeMirror(
  kafka: BenchKafka,
  topic: string,
  records: number,
  options: Pick<MirrorOptions, 'cacheMiB' | 'env'>,
): Promise<Readonly<Record<string, number>>> {
  const begun = performance.now();
  await using mirror = await startMirror(kafka, { ...options, topics: [topic], restoring: true });
  await caughtUp(mirror.address);
  return {
    perSecond: (records / (performance.now() - begun)) * 1000,
    residentMiB: await mirror.process.peakResidentMiB(),
  };
}
