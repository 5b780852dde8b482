import { z } from 'zod';

import type { LoadMemory } from '../load/project-loader.ts';
import type { DataDirectory } from './data-directory.ts';

const FILE = 'loaded.json';
const form = z.record(z.string(), z.string());

/**
 * Remembers the topics that were loaded to their end, by topic id. A topic that was recreated, or
 * that is in another Kafka, has another id and is loaded again.
 */
export class LoadedTopics implements LoadMemory {
  readonly #directory: DataDirectory;

  constructor(directory: DataDirectory) {
    this.#directory = directory;
  }

  async has(topic: string, topicId: string): Promise<boolean> {
    return (await this.#read())[topic] === topicId;
  }

  async add(topic: string, topicId: string): Promise<void> {
    const loaded = { ...(await this.#read()), [topic]: topicId };
    await this.#directory.write(FILE, `${JSON.stringify(loaded, null, 2)}\n`);
  }

  async #read(): Promise<Readonly<Record<string, string>>> {
    const text = await this.#directory.read(FILE);
    try {
      return form.parse(JSON.parse(text ?? '{}'));
    } catch {
      // An unreadable file means that everything is loaded again, with the same keys and values.
      return {};
    }
  }
}
