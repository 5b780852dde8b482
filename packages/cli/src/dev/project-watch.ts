import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

import type { Part } from '@quicksilver/common/lifecycle/part';

import { diffText } from '../project/diff-text.ts';
import type { LoadedProject } from '../project/load-project.ts';
import type { Change } from '../project/plan.ts';
import type { Paint } from '../output/colour.ts';
import { describeFailure } from '../output/describe-failure.ts';
import type { Display } from '../output/display.ts';

export interface ProjectWatchOptions {
  /** As it was deployed. */
  readonly first: LoadedProject;
  readonly load: () => Promise<LoadedProject>;
  readonly deploy: (
    loaded: LoadedProject,
    onPlan: (changes: readonly Change[]) => void,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly display: Display;
  readonly paint: Paint;
}

/** An editor may write a file in several steps. */
const QUIET_MS = 150;

/**
 * Applies the project whenever one of its files has changed: shows the differences first, then what
 * came of it. A mistake is told, and what was there before goes on serving.
 */
export class ProjectWatch implements Part {
  readonly name = 'watch';
  readonly #options: ProjectWatchOptions;
  readonly #stopping = new AbortController();
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #seen: string;
  #work: Promise<void> = Promise.resolve();

  constructor(options: ProjectWatchOptions) {
    this.#options = options;
    this.#seen = contentOf(options.first);
  }

  start(): Promise<void> {
    this.#follow(this.#options.first);
    return Promise.resolve();
  }

  async drain(): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) {
      watcher.close();
    }
    await this.#work;
  }

  /** Directories, since many editors put a new file in the place of the old one. */
  #follow({ files, documents }: LoadedProject): void {
    const folders = [...documents.values()].map(({ path }) => path);
    for (const dir of new Set([...files.map((file) => dirname(file)), ...folders])) {
      if (!this.#watchers.has(dir)) {
        const watcher = watch(dir, () => this.#changed());
        watcher.on('error', () => this.#watchers.delete(dir));
        this.#watchers.set(dir, watcher);
      }
    }
  }

  #changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#work = this.#work.then(() => this.#look());
    }, QUIET_MS);
  }

  async #look(): Promise<void> {
    const { load, display } = this.#options;
    const { signal } = this.#stopping;
    if (signal.aborted) {
      return;
    }
    try {
      const loaded = await load();
      const content = contentOf(loaded);
      if (content !== this.#seen) {
        this.#seen = content;
        this.#follow(loaded);
        await this.#deploy(loaded);
      }
    } catch (error) {
      const told = describeFailure(error);
      if (!signal.aborted && told !== this.#seen) {
        this.#seen = told;
        display.line(`\n${told}\nWhat was there before goes on serving.`);
      }
    }
  }

  async #deploy(loaded: LoadedProject): Promise<void> {
    const { deploy, display, paint } = this.#options;
    const { signal } = this.#stopping;
    const begun = performance.now();
    let count = 0;
    await deploy(
      loaded,
      (all) => {
        const changes = all.filter(({ result }) => result !== 'unchanged');
        count = changes.length;
        const names = [...new Set(loaded.files.map((file) => basename(file)))].join(', ');
        display.line(
          count === 0
            ? `\nThe project (${names}) was read again: nothing is to be changed.`
            : `\n${diffText(changes, paint).trimEnd()}`,
        );
      },
      signal,
    );
    if (count > 0 && !signal.aborted) {
      display.line(`Applied after ${((performance.now() - begun) / 1_000).toFixed(1)} seconds.`);
    }
  }
}

/** Tells whether anything is different that counts. */
function contentOf({ project, schemas, documents }: LoadedProject): string {
  return JSON.stringify([project, [...schemas], [...documents]]);
}
