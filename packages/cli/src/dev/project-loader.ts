import type { Part, Run } from '@quicksilver/common/lifecycle/part';

import type { Display } from './display.ts';
import { writeRecords, type IngestAccess } from './ingest-client.ts';
import type { ProjectRecord, ProjectTopic } from './project.ts';

/** What is known of earlier loads, by topic and topic id. */
export interface LoadMemory {
  has(topic: string, topicId: string): Promise<boolean>;
  add(topic: string, topicId: string): Promise<void>;
}

export interface ProjectLoaderOptions {
  readonly topics: readonly ProjectTopic[];
  readonly ingest: IngestAccess;
  readonly loaded: LoadMemory;
  readonly idOf: (topic: string) => string;
  readonly display: Display;
}

const RECORDS_PER_REQUEST = 500;

/**
 * Writes the records of the project through ingest, as any user would. A topic that has been loaded
 * to its end before is left as it is; a load that was interrupted is repeated from its beginning,
 * and since every key gets the value it has already, that does no harm.
 */
export class ProjectLoader implements Part {
  readonly name = 'loader';
  readonly #options: ProjectLoaderOptions;

  constructor(options: ProjectLoaderOptions) {
    this.#options = options;
  }

  async start(run: Run): Promise<void> {
    const { topics, loaded, idOf } = this.#options;
    for (const topic of topics) {
      const id = idOf(topic.name);
      if (!(await loaded.has(topic.name, id)) && (await this.#load(topic, run.signal))) {
        await loaded.add(topic.name, id);
      }
    }
  }

  async stop(): Promise<void> {
    // A load in progress ends with the run's signal.
  }

  /** False when it was interrupted. */
  async #load(topic: ProjectTopic, signal: AbortSignal): Promise<boolean> {
    const { ingest, display } = this.#options;
    let count = 0;
    let batch: ProjectRecord[] = [];
    const write = async (): Promise<boolean> => {
      const isWritten = await writeRecords(ingest, topic.name, batch, signal);
      count += batch.length;
      batch = [];
      display.status(`Loading ${topic.name}`, shareOf(count, topic.recordCount));
      return isWritten;
    };
    for await (const record of topic.records()) {
      batch.push(record);
      if (batch.length === RECORDS_PER_REQUEST && !(await write())) {
        return false;
      }
    }
    return batch.length === 0 || (await write());
  }
}

function shareOf(count: number, total: number): string {
  const percent = total === 0 ? 100 : Math.floor((Math.min(count, total) / total) * 100);
  return `${count.toLocaleString('en')} of ${total.toLocaleString('en')} records (${percent} %)`;
}
