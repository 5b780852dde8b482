import { withSchemaId } from '@quicksilver/codec/schema-header';
import { parseMessageSchema } from '@quicksilver/codec/avro/message-schema';
import type { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';

import { BenchKafka, type FillValues } from './bench-kafka.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { MEMORY_MAX_MIB, timeMirror } from './p6-catch-up.ts';
import { documentOf } from './records.ts';
import { startIngest, startRegistry } from './servers.ts';
import { wrk } from './wrk.ts';

/** Formats besides JSON, each with the schema of the documents. A further one is an entry here. */
const FORMATS = { avro: avroValues } as const satisfies Readonly<
  Record<string, (registry: OwnSchemaRegistry, subject: string) => Promise<FillValues>>
>;
const NAMES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];
const CACHES_MIB = [256, 64] as const;
const PARTITIONS = 6;
/** As a ratio to JSON, whose values a mirror stores as they are. */
const CATCH_UP_MIN = 0.8;

/** Catch-up is measured as in `p6`, and ingest as in `p11`. */
export const formats: Benchmark = {
  name: 'formats',
  title: 'Values with a schema, against the same documents in JSON: catch-up and ingest',
  async run({ rounds, smoke, say }) {
    const records = smoke ? 20_000 : 1_000_000;
    await using kafka = await BenchKafka.start();
    await using registry = await startRegistry();
    const env = { QUICK_KAFKA_SCHEMA_REGISTRY_URL: registry.url };
    const topics = new Map<string, string>();
    say(`filling a topic with ${records} records in each format`);
    topics.set('json', await kafka.fill({ records, partitions: PARTITIONS }));
    for (const name of NAMES) {
      const values = await FORMATS[name](registry, `bench-${name}`);
      const topic = await kafka.fill({ records, partitions: PARTITIONS, values });
      // Ingest writes with the schema of this subject.
      await FORMATS[name](registry, `${topic}-value`);
      topics.set(name, topic);
    }
    const variants = Object.fromEntries(
      [...topics].flatMap(([name, topic]) => [
        ...CACHES_MIB.map((cacheMiB) => [
          `${name} ${cacheMiB}`,
          () => timeMirror(kafka, topic, records, { cacheMiB, env }),
        ]),
        [`${name} ingest`, () => timeIngest(kafka, topic, { smoke, env })],
      ]),
    );
    const medians = await interleave(variants, { rounds, say });
    const figureOf = (variant: string, of: string): number => medians[variant]?.[of] ?? Number.NaN;
    const figures = NAMES.flatMap((name): Figure[] => [
      ...CACHES_MIB.flatMap((cacheMiB): Figure[] => [
        {
          name: `catch-up of ${records / 1_000_000} M, ${cacheMiB} MB cache: ${name} to json`,
          value:
            figureOf(`${name} ${cacheMiB}`, 'perSecond') /
            figureOf(`json ${cacheMiB}`, 'perSecond'),
          unit: 'ratio',
          target: { min: CATCH_UP_MIN },
        },
        {
          name: `${name}, ${cacheMiB} MB cache, peak resident memory`,
          value: figureOf(`${name} ${cacheMiB}`, 'residentMiB'),
          unit: 'MiB',
          target: { max: MEMORY_MAX_MIB[cacheMiB] },
        },
      ]),
      {
        name: `ingest: ${name} to json`,
        value: figureOf(`${name} ingest`, 'perSecond') / figureOf('json ingest', 'perSecond'),
        unit: 'ratio',
      },
    ]);
    return {
      figures,
      notes: [`${PARTITIONS} partitions, every key once, documents of about 236 bytes as JSON`],
    };
  },
};

const AVRO_SCHEMA = {
  type: 'record',
  name: 'Document',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: 'string' },
    { name: 'sku', type: 'string', default: '' },
    { name: 'partner', type: 'string', default: '' },
    { name: 'text', type: 'string' },
    { name: 'price', type: 'double' },
  ],
};

async function avroValues(registry: OwnSchemaRegistry, subject: string): Promise<FillValues> {
  const id = await registry.register(subject, AVRO_SCHEMA);
  const schema = parseMessageSchema(JSON.stringify(AVRO_SCHEMA));
  return {
    valueType: 'AVRO',
    bytesOf: (index) => withSchemaId(id, schema.write(documentOf(index))),
  };
}

async function timeIngest(
  kafka: BenchKafka,
  topic: string,
  { smoke, env }: { readonly smoke: boolean; readonly env: Readonly<Record<string, string>> },
): Promise<Readonly<Record<string, number>>> {
  await using server = await startIngest(kafka, env);
  const url = `http://${server.address}`;
  const target = { url, script: 'post-record.lua', args: [`/${topic}`], connections: 64 };
  await wrk({ ...target, seconds: smoke ? 1 : 3 });
  const { requestsPerSecond } = await wrk({ ...target, seconds: smoke ? 1 : 5 });
  return { perSecond: requestsPerSecond };
}
