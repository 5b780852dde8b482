import {
  RESOURCE_KINDS,
  type Resource,
  type ResourceKind,
} from '@quicksilver/contracts/control/resource';
import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { AppError } from '@quicksilver/common/errors/app-error';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { describeError } from '@quicksilver/common/errors/describe';
import { pause } from '@quicksilver/common/flow/deadline';
import type { TopicAdmin } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';

import type { ManagerMetrics } from '../metrics.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { requireState } from '../state/lost-state.ts';
import type { ResourceLog } from '../state/resource-log.ts';
import type { StatusLog } from '../state/status-log.ts';
import type { Leader } from './leader.ts';
import { Projections, type ProjectionOptions } from './projections.ts';
import { keepStatus, type Observation } from './resource-state.ts';
import { stepsWith, type DoStep, type Failpoint } from './steps.ts';
import { TaskQueue } from './task-queue.ts';
import { Term, type Probes } from './term.ts';

export interface ReconcilerOptions {
  readonly leader: Leader;
  /** Creates the runtime of one leader term. */
  readonly createRuntime: () => Runtime;
  /** Whether workloads keep running when this manager stops. */
  readonly keepsRunning: boolean;
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  readonly registry: TopicRegistry;
  readonly services: ServiceDirectory;
  readonly admin: TopicAdmin;
  readonly projections: ProjectionOptions;
  readonly probes: Probes;
  readonly failpoint?: Failpoint | undefined;
  /** Milliseconds between two checks of all workloads. */
  readonly lookMs: number;
  readonly metrics: ManagerMetrics;
  readonly log: Log;
}

const LIMITS = { tasksMax: 16, deadlineMs: 60_000, retry: { firstMs: 200, maxMs: 30_000 } };
/** Cannot be the key of a resource, since those are `kind/name`. */
const ORPHANS = 'orphans';
/** Every nth check is a sweep: it also reads the Kafka topics and applies all workloads again. */
const LOOKS_PER_SWEEP = 10;

/**
 * Reconciles the running system with the resource log while this manager leads. For each resource
 * it compares the desired state with the current state and does the next step. The manager may be
 * killed at any step: the next leader starts from the current state and continues. Failed steps are
 * retried and do not block other resources.
 */
export class Reconciler implements Part {
  readonly name = 'reconciler';
  readonly #options: ReconcilerOptions;
  readonly #step: DoStep;
  readonly #queue: TaskQueue;
  readonly #unlisten: (() => void)[] = [];
  #term: Term | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  /**
   * Set when the resource log was recreated. No changes are made until the log is known to be
   * complete.
   */
  #isFrozen = false;
  /** Why this manager leads but cannot act. Retried with every check. */
  #problem: string | undefined;
  /** Resources that were not checked yet in this term. */
  #unseen = new Set<string>();
  /** The last start or end of a term. */
  #turn: Promise<void> = Promise.resolve();
  #turnsLeft = 0;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#step = stepsWith(options.failpoint, () => this.#requireState());
    this.#queue = new TaskQueue({
      ...LIMITS,
      handle: (key, signal) => this.#handle(key, signal),
      onFailure: (key, error, retryMs) => this.#failed(key, error, retryMs),
    });
  }

  /** The runtime of the current term. */
  get runtime(): Runtime | undefined {
    return this.#term?.runtime;
  }

  readonly facts = {
    /** Whether this manager leads and has checked every resource itself. */
    isCurrent: (): boolean => this.#term !== undefined && this.#unseen.size === 0,
    problem: (): string | undefined => this.notReady(),
  };

  start(_context: PartContext): Promise<void> {
    const { leader, resources, registry, services } = this.#options;
    this.#unlisten.push(
      leader.onChange((isLeader) => this.#leads(isLeader)),
      resources.onChange((entity) => this.#changed(entity)),
      resources.onReset(() => this.#freeze()),
      registry.onChange((name) => this.#topicChanged(name)),
      services.onChange((key) => this.#serviceChanged(key)),
    );
    this.#timer = setInterval(() => this.#look(), this.#options.lookMs);
    this.#leads(leader.isLeader);
    return Promise.resolve();
  }

  notReady(): string | undefined {
    return this.#problem && `this manager leads but cannot act: ${this.#problem}`;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const unlisten of this.#unlisten.splice(0)) {
      unlisten();
    }
    this.#leads(false);
    await this.#turn;
  }

  #leads(isLeader: boolean): void {
    this.#take(isLeader ? () => this.#beginTerm() : () => this.#endTerm());
  }

  /**
   * Runs changes of the term one after the other. A failed change is the problem of this manager
   * until a later change succeeds.
   */
  #take(change: () => Promise<void>): void {
    this.#turnsLeft += 1;
    const settle = (problem: string | undefined): void => {
      this.#turnsLeft -= 1;
      if (problem !== undefined && problem !== this.#problem) {
        this.#options.log.error({ reason: problem }, 'this manager leads but cannot act');
      }
      this.#problem = problem;
    };
    this.#turn = this.#turn.then(change).then(
      () => settle(undefined),
      (error: unknown) => settle(describeError(error)),
    );
  }

  async #beginTerm(): Promise<void> {
    if (this.#term !== undefined) {
      return;
    }
    const { createRuntime, statuses, resources, registry, services, log } = this.#options;
    const deadline = AbortSignal.timeout(LIMITS.deadlineMs);
    await Promise.all([
      resources.untilCaughtUp(deadline),
      statuses.untilCaughtUp(deadline),
      services.untilCaughtUp(deadline),
      untilCaughtUp(registry, deadline),
    ]);
    this.#isFrozen = false;
    await requireState(this.#options);
    const runtime = createRuntime();
    await runtime.start();
    const projections = new Projections(this.#options.projections, this.#step);
    const term = new Term({ ...this.#options, runtime, projections, step: this.#step });
    this.#unseen = new Set(resources.list().map(({ kind, name }) => `${kind}/${name}`));
    this.#term = term;
    this.#queue.open();
    this.#unlisten.push(runtime.onChange(({ kind, name }) => this.#workloadChanged(kind, name)));
    log.info({ resources: resources.list().length }, 'started to reconcile all resources');
    this.#wakeAll(RESOURCE_KINDS);
    this.#queue.wake(ORPHANS);
  }

  async #endTerm(): Promise<void> {
    const term = this.#term;
    if (term !== undefined) {
      this.#term = undefined;
      await this.#queue.close();
      await term.runtime.stop({ keep: this.#options.keepsRunning || !this.#isStopping() });
    }
  }

  /** Called while the log is being read. From now on no step runs, not even for work in flight. */
  #freeze(): void {
    this.#isFrozen = true;
    const closed = this.#queue.close();
    this.#take(() => closed.then(() => this.#thaw()));
  }

  /**
   * Continues if the log is complete; otherwise throws `AppError`. Workloads stay supervised either
   * way.
   */
  async #thaw(): Promise<void> {
    if (this.#term !== undefined && this.#isFrozen) {
      await requireState(this.#options);
      this.#isFrozen = false;
      this.#queue.open();
      this.#wakeAll(RESOURCE_KINDS);
      this.#queue.wake(ORPHANS);
    }
  }

  #requireState(): void {
    if (this.#isFrozen) {
      throw new AppError(
        'STATE_LOST',
        this.#problem ?? 'The resource log is being read again. Retry later.',
      );
    }
  }

  /** A manager that only loses the lead always leaves the workloads to the new leader. */
  #isStopping(): boolean {
    return this.#unlisten.length === 0;
  }

  #look(): void {
    if (!this.#options.leader.isLeader) {
      return;
    }
    if (this.#problem !== undefined && this.#turnsLeft === 0) {
      this.#take(() => (this.#term === undefined ? this.#beginTerm() : this.#thaw()));
    }
    if (this.#term === undefined || this.#isFrozen) {
      return;
    }
    this.#looks += 1;
    const isSweep = this.#looks % LOOKS_PER_SWEEP === 0;
    if (isSweep) {
      this.#term.workloads.forget();
      this.#queue.wake(ORPHANS);
    }
    this.#wakeAll(isSweep ? RESOURCE_KINDS : ['mirror', 'gateway', 'application']);
  }

  #wakeAll(kinds: readonly ResourceKind[]): void {
    for (const { kind, name } of this.#options.resources.list()) {
      if (kinds.includes(kind)) {
        this.#queue.wake(`${kind}/${name}`);
      }
    }
  }

  #changed(entity: string): void {
    if (!RESOURCE_KINDS.some((kind) => entity.startsWith(`${kind}/`))) {
      return;
    }
    this.#queue.wake(entity);
    // A topic waits until its mirror is deleted.
    if (entity.startsWith('mirror/')) {
      for (const { name, isDeleting } of this.#options.resources.list('topic')) {
        if (isDeleting) {
          this.#queue.wake(`topic/${name}`);
        }
      }
    }
  }

  #topicChanged(topic: string): void {
    this.#queue.wake(`topic/${topic}`);
    for (const { name, spec } of this.#options.resources.list('mirror')) {
      if (spec.topic === topic) {
        this.#queue.wake(`mirror/${name}`);
      }
    }
    this.#wakeAll(['gateway']);
  }

  #serviceChanged(key: string): void {
    if (key.startsWith('gateway/')) {
      this.#queue.wake(key);
    } else {
      this.#wakeAll(['mirror']);
    }
  }

  #workloadChanged(kind: ResourceKind, name: string): void {
    if (kind === 'mirror') {
      this.#wakeAll(['mirror']);
    } else {
      this.#queue.wake(`${kind}/${name}`);
    }
  }

  async #handle(key: string, signal: AbortSignal): Promise<void> {
    const term = this.#term;
    const { resources, statuses, leader } = this.#options;
    if (term === undefined || !leader.isLeader) {
      return;
    }
    if (key === ORPHANS) {
      await term.removeOrphans(signal);
      return;
    }
    const [kind, name] = split(key);
    const resource = resources.get(kind, name);
    if (resource === undefined) {
      this.#unseen.delete(key);
      if (statuses.get(kind, name) !== undefined) {
        await this.#step('write-status', () => statuses.remove(kind, name, signal));
      }
      return;
    }
    const seen = await term.reconcile(resource, signal);
    await this.#publish(resource, seen, signal);
    this.#unseen.delete(key);
  }

  /** A resource that was deleted meanwhile gets no status. Its last change wakes its key again. */
  async #publish(resource: Resource, seen: Observation, signal: AbortSignal): Promise<void> {
    const { resources, statuses } = this.#options;
    const { kind, name } = resource;
    const before = statuses.get(kind, name);
    const status = keepStatus(resource, before, seen);
    if (resources.get(kind, name) !== undefined && status !== undefined) {
      await this.#step('write-status', () => statuses.write(status, signal));
    }
  }

  #failed(key: string, error: unknown, retryMs: number): void {
    const { log, metrics, resources } = this.#options;
    const reason = describeError(error);
    metrics.failed();
    log.warn({ key, reason, retryMs: Math.round(retryMs) }, 'a step failed and will be retried');
    if (key === ORPHANS) {
      return;
    }
    const [kind, name] = split(key);
    const resource = resources.get(kind, name);
    if (resource === undefined) {
      return;
    }
    const isFinal = error instanceof AppError && CATALOG[error.code].retry === 'never';
    const hasServed = (this.#options.statuses.get(kind, name)?.observedVersion ?? 0) > 0;
    const finding = isFinal ? 'failed' : hasServed ? 'impaired' : 'untouched';
    const signal = AbortSignal.timeout(LIMITS.deadlineMs);
    this.#publish(resource, { finding, reason }, signal)
      .catch((late: unknown) => {
        log.debug({ key, err: late }, 'failed to write a status');
      })
      .finally(() => this.#unseen.delete(key));
  }
}

async function untilCaughtUp(registry: TopicRegistry, deadline: AbortSignal): Promise<void> {
  while (!registry.isCaughtUp) {
    deadline.throwIfAborted();
    await pause(20, deadline);
  }
}

function split(key: string): [ResourceKind, string] {
  const slash = key.indexOf('/');
  const kind = RESOURCE_KINDS.find((each) => each === key.slice(0, slash));
  if (kind === undefined) {
    throw new Error(`${key} is not the key of a resource`);
  }
  return [kind, key.slice(slash + 1)];
}
