import { KINDS, type Resource, type ResourceKind, type SpecOf } from '@quicksilver/resources/kinds';
import type { ResourceStatus } from '@quicksilver/resources/status';
import { AppError } from '@quicksilver/common/errors/app-error';

import { requireState } from './lost-state.ts';
import type { ResourceChange, ResourceLog } from './resource-log.ts';
import type { StatusLog } from './status-log.ts';

export interface DesiredStateOptions {
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  /** Milliseconds that a request waits for its change to take effect. */
  readonly waitMs: number;
}

export type Outcome = 'created' | 'configured' | 'unchanged';

/** Attempts of each writer if several change one resource at once. */
const TRIES_MAX = 5;

/** Changes the desired state and waits until a change takes effect. Any manager can do this. */
export class DesiredState {
  readonly #options: DesiredStateOptions;

  constructor(options: DesiredStateOptions) {
    this.#options = options;
  }

  /** The resource. Throws `AppError` if it does not exist. */
  require<K extends ResourceKind>(kind: K, name: string): Resource<K> {
    const resource = this.#options.resources.get(kind, name);
    if (resource === undefined) {
      throw new AppError('RESOURCE_NOT_FOUND', KINDS[kind].missing(name));
    }
    return resource;
  }

  /** Throws `AppError` if the name is in use. */
  requireFree(kind: ResourceKind, name: string): void {
    const resource = this.#options.resources.get(kind, name);
    if (resource?.isDeleting === true) {
      throw new AppError(
        'ALREADY_EXISTS',
        `The ${kind} ${name} is being deleted. Retry after it is deleted.`,
      );
    }
    if (resource !== undefined) {
      throw new AppError('ALREADY_EXISTS', KINDS[kind].taken(name));
    }
  }

  /**
   * Creates a resource together with its dependents and waits until they are arranged. If one
   * cannot be created, all are removed again.
   */
  async create(first: DesiredResource, ...dependents: readonly DesiredResource[]): Promise<void> {
    const { resources } = this.#options;
    await requireState(this.#options);
    this.requireFree(first.kind, first.name);
    const resourcesToCreate = [first, ...dependents];
    if (
      !(await resources.change(...resourcesToCreate.map((manifest) => this.#changeOf(manifest))))
    ) {
      throw new AppError('ALREADY_EXISTS', KINDS[first.kind].taken(first.name));
    }
    for (const { kind, name } of resourcesToCreate) {
      const status = await this.untilArranged(kind, name);
      if (status.state === 'Failed') {
        await this.remove(first.kind, first.name);
        throw new AppError(
          'INVALID_SPEC',
          status.reason ?? `The ${kind} ${name} cannot be created.`,
        );
      }
    }
  }

  /** Writes the spec that `decide` returns, unless it did not change. */
  async apply<K extends ResourceKind>(
    kind: K,
    name: string,
    decide: (current: Resource<K> | undefined) => SpecOf[K] | undefined,
  ): Promise<{ readonly outcome: Outcome; readonly resource: Resource<K> }> {
    const { resources } = this.#options;
    await requireState(this.#options);
    for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
      const current = resources.get(kind, name);
      const spec = decide(current);
      if (current?.isDeleting === true) {
        this.requireFree(kind, name);
      }
      if (spec === undefined && current !== undefined) {
        return { outcome: 'unchanged', resource: current };
      }
      if (
        spec !== undefined &&
        (await resources.change(this.#changeOf({ kind, name, spec } as DesiredResource)))
      ) {
        const outcome = current === undefined ? 'created' : 'configured';
        return { outcome, resource: this.require(kind, name) };
      }
    }
    throw new AppError(
      'CONFLICT',
      `The ${kind} ${name} was changed ${TRIES_MAX} times by other requests meanwhile. Retry.`,
    );
  }

  /**
   * Requests the deletion and waits until it is complete. Throws `AppError` if the resource does
   * not exist.
   */
  async remove(kind: ResourceKind, ...names: readonly string[]): Promise<void> {
    await requireState(this.#options);
    for (const name of names) {
      for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
        const { version, spec, isDeleting } = this.require(kind, name);
        const change = { kind, name, base: version, spec, isDeleting: true };
        if (isDeleting || (await this.#options.resources.change(change))) {
          break;
        }
      }
      await this.#until(
        () => (this.#options.resources.get(kind, name) === undefined ? true : undefined),
        () => this.#notDone(kind, name, 'deleted'),
      );
    }
  }

  /** Resolves with the status of the current version once a manager has started on it. */
  untilArranged(kind: ResourceKind, name: string): Promise<ResourceStatus> {
    return this.until(kind, name, ({ state }) => state !== 'Pending');
  }

  /** Like `untilArranged`, but waits until the status matches. */
  until(
    kind: ResourceKind,
    name: string,
    isSo: (status: ResourceStatus) => boolean,
  ): Promise<ResourceStatus> {
    const { version } = this.require(kind, name);
    return this.#until(
      () => {
        // A deletion in the meantime takes precedence.
        this.require(kind, name);
        const status = this.#options.statuses.get(kind, name);
        const isCurrent = status !== undefined && status.observedVersion >= version;
        return isCurrent && status.state !== 'Deleting' && isSo(status) ? status : undefined;
      },
      () => this.#notDone(kind, name, 'done'),
    );
  }

  #changeOf({ kind, name, spec }: DesiredResource): ResourceChange {
    return { kind, name, base: this.#options.resources.versionOf(kind, name), spec };
  }

  #notDone(kind: ResourceKind, name: string, what: string): AppError {
    const { statuses, waitMs } = this.#options;
    const status = statuses.get(kind, name);
    const state =
      status === undefined ? 'no manager has started on it yet' : `its state is ${status.state}`;
    const why = status?.reason === undefined ? '' : `: ${status.reason}`;
    return new AppError(
      'NOT_DONE_YET',
      `The ${kind} ${name} is not ${what} after ${waitMs / 1000} s; ${state}${why}. The manager continues; follow it with GET /status.`,
    );
  }

  /** Checks after every change of a resource or a status. */
  #until<T>(look: () => T | undefined, late: () => AppError): Promise<T> {
    const { resources, statuses, waitMs } = this.#options;
    return new Promise((resolve, reject) => {
      const check = (): void => {
        try {
          const result = look();
          if (result !== undefined) {
            end();
            resolve(result);
          }
        } catch (error) {
          end();
          reject(error);
        }
      };
      const unlisten = [resources.onChange(check), statuses.onChange(check)];
      const timer = setTimeout(() => {
        end();
        reject(late());
      }, waitMs);
      const end = (): void => {
        clearTimeout(timer);
        for (const stop of unlisten) {
          stop();
        }
      };
      check();
    });
  }
}

/** A resource to create, with its spec. */
export type DesiredResource = {
  [K in ResourceKind]: { readonly kind: K; readonly name: string; readonly spec: SpecOf[K] };
}[ResourceKind];
