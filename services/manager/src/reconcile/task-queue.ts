import { Backoff } from '@quicksilver/common/flow/backoff';

export interface TaskQueueOptions {
  /** Reconciles one key by a step. Called again until it changes nothing. */
  readonly handle: (key: string, signal: AbortSignal) => Promise<void>;
  readonly onFailure: (key: string, error: unknown, retryMs: number) => void;
  /** Maximum number of keys that are handled concurrently. */
  readonly tasksMax: number;
  /** Milliseconds that one call of `handle` may take. */
  readonly deadlineMs: number;
  readonly retry: { readonly firstMs: number; readonly maxMs: number };
}

interface Task {
  state: 'idle' | 'queued' | 'running' | 'running-and-due';
  readonly backoff: Backoff;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Handles keys that are due: each key at most once at a time, several keys concurrently. Failures
 * are retried with a growing delay and do not block other keys.
 */
export class TaskQueue {
  readonly #options: TaskQueueOptions;
  readonly #tasks = new Map<string, Task>();
  readonly #queued: string[] = [];
  readonly #running = new Set<Promise<void>>();
  #stopping = new AbortController();
  #isOpen = false;

  constructor(options: TaskQueueOptions) {
    this.#options = options;
  }

  open(): void {
    this.#stopping = new AbortController();
    this.#isOpen = true;
  }

  /** Aborts running tasks and drops the rest. Resolves when all have ended. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#stopping.abort();
    for (const task of this.#tasks.values()) {
      clearTimeout(task.timer);
    }
    this.#tasks.clear();
    this.#queued.length = 0;
    await Promise.allSettled(this.#running);
  }

  /** Schedules the key. If it is being handled now, it is handled once more afterwards. */
  wake(key: string): void {
    if (!this.#isOpen) {
      return;
    }
    const task = this.#taskOf(key);
    if (task.state === 'running') {
      task.state = 'running-and-due';
    } else if (task.state === 'idle') {
      clearTimeout(task.timer);
      task.state = 'queued';
      this.#queued.push(key);
      this.#pump();
    }
  }

  #taskOf(key: string): Task {
    let task = this.#tasks.get(key);
    if (task === undefined) {
      task = { state: 'idle', backoff: new Backoff(this.#options.retry), timer: undefined };
      this.#tasks.set(key, task);
    }
    return task;
  }

  #pump(): void {
    while (this.#isOpen && this.#running.size < this.#options.tasksMax) {
      const key = this.#queued.shift();
      const task = key === undefined ? undefined : this.#tasks.get(key);
      if (key === undefined || task === undefined) {
        return;
      }
      const running = this.#run(key, task).finally(() => {
        this.#running.delete(running);
        this.#pump();
      });
      this.#running.add(running);
    }
  }

  async #run(key: string, task: Task): Promise<void> {
    const { handle, deadlineMs, onFailure } = this.#options;
    task.state = 'running';
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(deadlineMs)]);
    let retryMs: number | undefined;
    try {
      await handle(key, signal);
      task.backoff.reset();
    } catch (error) {
      if (!this.#isOpen) {
        return;
      }
      retryMs = task.backoff.next();
      onFailure(key, error, retryMs);
    }
    if (this.#tasks.get(key) !== task) {
      return;
    }
    const isDue = this.#isDue(task);
    task.state = 'idle';
    if (retryMs !== undefined) {
      task.timer = setTimeout(() => this.wake(key), retryMs);
    } else if (isDue) {
      this.wake(key);
    } else {
      this.#tasks.delete(key);
    }
  }

  /** `wake` may have changed the state while the key was handled. */
  #isDue(task: Task): boolean {
    return task.state === 'running-and-due';
  }
}
