import type { Display } from '../output/display.ts';
import { writeRecords, type IngestAccess } from './ingest-client.ts';
import type { ProjectRecord, TopicData } from './project-data.ts';

/** What is known of earlier loads, by topic and topic id. */
export interface LoadMemory {
  has(topic: string, topicId: string): Promise<boolean>;
  add(topic: string, topicId: string): Promise<void>;
}

export interface ProjectLoaderOptions {
  readonly topics: readonly TopicData[];
  readonly ingest: IngestAccess;
  readonly loaded: LoadMemory;
  /** Kafka's id of a topic: another one where it was deleted and made anew. */
  readonly idOf: (topic: string) => Promise<string>;
  readonly display: Display;
}

/** Of one partition the last record that was written. */
export interface LastRecord {
  readonly key: unknown;
  readonly offset: bigint;
}

/** Of each topic that was written to, the last record of each partition. */
export type LoadedEnds = ReadonlyMap<string, ReadonlyMap<number, LastRecord>>;

const RECORDS_PER_REQUEST = 500;

/**
 * Writes the records of a project through ingest, as any user would. A topic that has been loaded
 * to its end before is left as it is; a load that was interrupted is repeated from its beginning,
 * and since every key gets the value it has already, that does no harm.
 */
export async function loadProjectData(
  { topics, loaded, idOf, ingest, display }: ProjectLoaderOptions,
  signal: AbortSignal,
): Promise<LoadedEnds> {
  const ends = new Map<string, ReadonlyMap<number, LastRecord>>();
  for (const topic of topics) {
    const id = await idOf(topic.name);
    if (await loaded.has(topic.name, id)) {
      continue;
    }
    const written = await loadTopic(topic, { ingest, display, signal });
    if (written === undefined) {
      break;
    }
    ends.set(topic.name, written);
    await loaded.add(topic.name, id);
  }
  return ends;
}

/** Undefined when it was interrupted. */
async function loadTopic(
  topic: TopicData,
  around: Pick<ProjectLoaderOptions, 'ingest' | 'display'> & { readonly signal: AbortSignal },
): Promise<ReadonlyMap<number, LastRecord> | undefined> {
  const { ingest, display, signal } = around;
  const last = new Map<number, LastRecord>();
  let count = 0;
  let batch: ProjectRecord[] = [];
  const write = async (): Promise<boolean> => {
    const places = await writeRecords(ingest, topic.name, batch, signal);
    for (const [at, place] of places?.entries() ?? []) {
      if (place !== undefined) {
        last.set(place.partition, { key: batch[at]?.key, offset: place.offset });
      }
    }
    count += batch.length;
    batch = [];
    display.status(`Loading ${topic.name}`, shareOf(count, topic.recordCount));
    return places !== undefined;
  };
  for await (const record of topic.records()) {
    batch.push(record);
    if (batch.length === RECORDS_PER_REQUEST && !(await write())) {
      return undefined;
    }
  }
  return batch.length === 0 || (await write()) ? last : undefined;
}

function shareOf(count: number, total: number | undefined): string {
  if (total === undefined) {
    return `${count.toLocaleString('en')} records`;
  }
  const percent = total === 0 ? 100 : Math.floor((Math.min(count, total) / total) * 100);
  return `${count.toLocaleString('en')} of ${total.toLocaleString('en')} records (${percent} %)`;
}
