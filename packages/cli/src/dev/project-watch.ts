import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

import type { Part } from '@quicksilver/common/lifecycle/part';

import type { Paint } from '../output/colour.ts';
import { describeFailure } from '../output/describe-failure.ts';
import type { Display } from '../output/display.ts';
import { diffText } from '../project/diff-text.ts';
import { keptText } from '../project/other-topics.ts';
import type { ProjectSources } from '../project/read-project.ts';
import type { Change } from '../project/plan.ts';

export interface ProjectWatchOptions {
  /** The project that is deployed already. */
  readonly first: ProjectSources;
  readonly load: () => Promise<ProjectSources>;
  /** Resolves to what does not serve. Rejects if the project cannot be applied. */
  readonly deploy: (
    loaded: ProjectSources,
    onPlan: (changes: readonly Change[]) => void,
    signal: AbortSignal,
  ) => Promise<readonly Error[]>;
  readonly display: Display;
  readonly paint: Paint;
}

/** An editor may write a file in several steps. */
const QUIET_MS = 150;

/**
 * Applies the project whenever one of its files changes: shows the differences, then the result. If
 * the project has a mistake, prints it and leaves the deployment as it is.
 */
export class ProjectWatch implements Part {
  readonly name = 'watch';
  readonly #options: ProjectWatchOptions;
  readonly #stopping = new AbortController();
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #topics: readonly string[];
  /** Content of the last attempt, or the text of its failure. */
  #lastSeen: string;
  #work: Promise<void> = Promise.resolve();

  constructor(options: ProjectWatchOptions) {
    this.#options = options;
    this.#topics = topicsOf(options.first);
    this.#lastSeen = contentOf(options.first);
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

  /** Watches directories, because many editors replace a file instead of writing to it. */
  #follow({ files, documents }: ProjectSources): void {
    const folders = [...documents.values()].map(({ path }) => path);
    for (const dir of new Set([...files.map((file) => dirname(file)), ...folders])) {
      if (!this.#watchers.has(dir)) {
        const watcher = watch(dir, () => this.#schedule());
        watcher.on('error', () => this.#watchers.delete(dir));
        this.#watchers.set(dir, watcher);
      }
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#work = this.#work.then(() => this.#reload());
    }, QUIET_MS);
  }

  async #reload(): Promise<void> {
    const { load, display } = this.#options;
    const { signal } = this.#stopping;
    if (signal.aborted) {
      return;
    }
    try {
      const loaded = await load();
      const content = contentOf(loaded);
      if (content !== this.#lastSeen) {
        this.#lastSeen = content;
        this.#follow(loaded);
        await this.#deploy(loaded);
      }
    } catch (error) {
      const failure = describeFailure(error);
      if (!signal.aborted && failure !== this.#lastSeen) {
        this.#lastSeen = failure;
        display.line(`\n${failure}\nThe previous version keeps serving.`);
      }
    }
  }

  async #deploy(loaded: ProjectSources): Promise<void> {
    const { deploy, display, paint } = this.#options;
    const { signal } = this.#stopping;
    const startMs = performance.now();
    let count = 0;
    const problems = await deploy(
      loaded,
      (all) => {
        const changes = all.filter(({ result }) => result !== 'unchanged');
        count = changes.length;
        const names = [...new Set(loaded.files.map((file) => basename(file)))].join(', ');
        display.line(
          count === 0
            ? `\nReloaded the project (${names}): no changes.`
            : `\n${diffText(changes, paint).trimEnd()}`,
        );
      },
      signal,
    );
    if (signal.aborted) {
      return;
    }
    problems.forEach((problem) => display.line(`Warning: ${describeFailure(problem)}`));
    const left = this.#topics.filter((topic) => !topicsOf(loaded).includes(topic));
    this.#topics = topicsOf(loaded);
    if (left.length > 0) {
      display.line(
        `${keptText(left)} To delete a topic with its records, run: quick delete topic ${left[0]}`,
      );
    }
    if (count > 0) {
      display.line(`Applied after ${((performance.now() - startMs) / 1_000).toFixed(1)} seconds.`);
    }
  }
}

function topicsOf({ project }: ProjectSources): readonly string[] {
  return Object.keys(project.topics ?? {});
}

/** Two projects with the same text need no new deployment. */
function contentOf({ project, schemas, documents }: ProjectSources): string {
  return JSON.stringify([project, [...schemas], [...documents]]);
}
