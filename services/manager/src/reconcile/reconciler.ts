import { RESOURCE_KINDS, type Resource, type ResourceKind } from '@quicksilver/resources/kinds';
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
import type { Change, ReconciledKind } from './reconciled-kind.ts';
import { Term } from './term.ts';

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
  readonly kinds: readonly ReconciledKind[];
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
      registry.onChange((name) => this.#wakeAffected({ of: 'entry of a topic', name })),
      services.onChange((key) => this.#wakeAffected({ of: 'entry of a service', ...partsOf(key) })),
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
    this.#unlisten.push(runtime.onChange((id) => this.#wakeAffected({ of: 'workload', ...id })));
    log.info({ resources: resources.list().length }, 'started to reconcile all resources');
    this.#wakeAll();
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
      this.#wakeAll();
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
    this.#wakeAll((kind) => isSweep || kind.workloadOf !== undefined);
  }

  #wakeAll(isMeant: (kind: ReconciledKind) => boolean = () => true): void {
    const { kinds, resources } = this.#options;
    for (const { kind } of kinds.filter(isMeant)) {
      for (const { name } of resources.list(kind)) {
        this.#queue.wake(`${kind}/${name}`);
      }
    }
  }

  #changed(entity: string): void {
    const id = partsOf(entity);
    if (this.#options.kinds.some(({ kind }) => kind === id.kind)) {
      this.#queue.wake(entity);
      this.#wakeAffected({ of: 'resource', ...id });
    }
  }

  #wakeAffected(change: Change): void {
    for (const kind of this.#options.kinds) {
      for (const name of kind.affectedBy(change)) {
        this.#queue.wake(`${kind.kind}/${name}`);
      }
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
    const { kind, name } = resourceAt(key);
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
    const { kind, name } = resourceAt(key);
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

function partsOf(key: string): { readonly kind: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { kind: key.slice(0, slash), name: key.slice(slash + 1) };
}

function resourceAt(key: string): { readonly kind: ResourceKind; readonly name: string } {
  const { kind: text, name } = partsOf(key);
  const kind = RESOURCE_KINDS.find((each) => each === text);
  if (kind === undefined) {
    throw new Error(`${key} is not the key of a resource`);
  }
  return { kind, name };
}
