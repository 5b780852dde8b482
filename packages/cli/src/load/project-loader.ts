import type { Display } from '../output/display.ts';
import { writeRecords, type IngestAccess } from './ingest-client.ts';
import type { ProjectRecord, TopicData } from './project-data.ts';

/** Remembers the topics that were loaded to their end, by name and topic id. */
export interface LoadMemory {
  has(topic: string, topicId: string): Promise<boolean>;
  add(topic: string, topicId: string): Promise<void>;
}

export interface ProjectLoaderOptions {
  readonly topics: readonly TopicData[];
  readonly ingest: IngestAccess;
  readonly memory: LoadMemory;
  /** Kafka's id of a topic; a topic that is deleted and recreated gets another one. */
  readonly idOf: (topic: string) => Promise<string>;
  readonly display: Display;
}

/** The last record that was written to a partition. */
export interface LastRecord {
  readonly key: unknown;
  readonly offset: bigint;
}

/** The last record of each partition, for each topic that was written to. */
export type LoadedEnds = ReadonlyMap<string, ReadonlyMap<number, LastRecord>>;

const RECORDS_PER_REQUEST = 500;

/**
 * Writes the records of a project through ingest, as any user would. Skips topics that were loaded
 * to their end before. Repeats an interrupted load from its beginning, which writes the same keys
 * and values again.
 */
export async function loadProjectData(
  { topics, memory, idOf, ingest, display }: ProjectLoaderOptions,
  signal: AbortSignal,
): Promise<LoadedEnds> {
  const ends = new Map<string, ReadonlyMap<number, LastRecord>>();
  for (const topic of topics) {
    const id = await idOf(topic.name);
    if (await memory.has(topic.name, id)) {
      continue;
    }
    const lastRecords = await loadTopic(topic, { ingest, display, signal });
    if (lastRecords === undefined) {
      break;
    }
    ends.set(topic.name, lastRecords);
    await memory.add(topic.name, id);
  }
  return ends;
}

/** Returns undefined if the load is interrupted. */
async function loadTopic(
  topic: TopicData,
  around: Pick<ProjectLoaderOptions, 'ingest' | 'display'> & { readonly signal: AbortSignal },
): Promise<ReadonlyMap<number, LastRecord> | undefined> {
  const { ingest, display, signal } = around;
  const last = new Map<number, LastRecord>();
  let count = 0;
  let batch: ProjectRecord[] = [];
  const write = async (): Promise<boolean> => {
    const positions = await writeRecords(ingest, topic.name, batch, signal);
    for (const [at, position] of positions?.entries() ?? []) {
      if (position !== undefined) {
        last.set(position.partition, { key: batch[at]?.key, offset: position.offset });
      }
    }
    count += batch.length;
    batch = [];
    display.status(`Loading ${topic.name}`, shareOf(count, topic.recordCount));
    return positions !== undefined;
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
