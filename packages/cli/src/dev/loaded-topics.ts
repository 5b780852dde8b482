import { z } from 'zod';

import type { DataDirectory } from './data-directory.ts';
import type { LoadMemory } from '../load/project-loader.ts';

const FILE = 'loaded.json';
const form = z.record(z.string(), z.string());

/**
 * Which topics have been loaded to their end, by the topic's id: a topic that was deleted and made
 * anew, or that lies in another Kafka, is loaded again.
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
      // Not readable: everything is loaded once more, which changes nothing.
      return {};
    }
  }
}
