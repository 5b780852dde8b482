import type {
  Resource,
  ResourceKind,
  ResourceStatus,
  SpecOf,
} from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';

import { requireState } from './lost-state.ts';
import type { ResourceChange, ResourceLog } from './resource-log.ts';
import type { StatusLog } from './status-log.ts';

export interface DesiredStateOptions {
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  /** Milliseconds a request waits for what it asked for. */
  readonly waitMs: number;
}

export type Outcome = 'created' | 'configured' | 'unchanged';

/** Of several writers that change one thing at once, each tries again so often. */
const TRIES_MAX = 5;

/** What people may ask for, and waiting for what becomes of it. Any manager can do it. */
export class DesiredState {
  readonly #options: DesiredStateOptions;

  constructor(options: DesiredStateOptions) {
    this.#options = options;
  }

  /** The resource, unless it is being deleted or was never there. Throws `AppError`. */
  require<K extends ResourceKind>(kind: K, name: string): Resource<K> {
    const found = this.#options.resources.get(kind, name);
    if (found === undefined) {
      throw new AppError('RESOURCE_NOT_FOUND', missing(kind, name));
    }
    return found;
  }

  /** Refuses a name that is taken. Throws `AppError`. */
  requireFree(kind: ResourceKind, name: string): void {
    const found = this.#options.resources.get(kind, name);
    if (found?.isDeleting === true) {
      throw new AppError(
        'ALREADY_EXISTS',
        `The ${kind} ${name} is being deleted. Try again when it is gone.`,
      );
    }
    if (found !== undefined) {
      throw new AppError('ALREADY_EXISTS', taken(kind, name));
    }
  }

  /**
   * Makes something new, together with others that belong to it, and waits until it is arranged.
   * Where it turns out that it cannot be made, it is removed again.
   */
  async create(first: DesiredResource, ...others: readonly DesiredResource[]): Promise<void> {
    const { resources } = this.#options;
    await requireState(this.#options);
    this.requireFree(first.kind, first.name);
    const resourcesToCreate = [first, ...others];
    if (
      !(await resources.change(...resourcesToCreate.map((manifest) => this.#changeOf(manifest))))
    ) {
      throw new AppError('ALREADY_EXISTS', taken(first.kind, first.name));
    }
    for (const { kind, name } of resourcesToCreate) {
      const status = await this.untilArranged(kind, name);
      if (status.state === 'Failed') {
        await this.remove(first.kind, first.name);
        throw new AppError('INVALID_SPEC', status.reason ?? `The ${kind} ${name} cannot be made.`);
      }
    }
  }

  /** Writes the spec that `decide` makes of the current one, unless it is the same. */
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
      `The ${kind} ${name} was changed by others ${TRIES_MAX} times meanwhile. Try again.`,
    );
  }

  /** Asks for the deletion and waits until it is complete. Throws `AppError` where it is not there. */
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

  /** What became of the current version as soon as something was done for it. */
  untilArranged(kind: ResourceKind, name: string): Promise<ResourceStatus> {
    return this.until(kind, name, ({ state }) => state !== 'Pending');
  }

  /** As `untilArranged`, until the status has what is wanted. */
  until(
    kind: ResourceKind,
    name: string,
    isSo: (status: ResourceStatus) => boolean,
  ): Promise<ResourceStatus> {
    const { version } = this.require(kind, name);
    return this.#until(
      () => {
        // Whoever deletes it meanwhile has the last word.
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
      status === undefined ? 'no manager has begun yet' : `its state is ${status.state}`;
    const why = status?.reason === undefined ? '' : `: ${status.reason}`;
    return new AppError(
      'NOT_DONE_YET',
      `The ${kind} ${name} is not ${what} after ${waitMs / 1000} s; ${state}${why}. It is gone on with; GET /status shows it.`,
    );
  }

  /** Looks again after every change of a resource or a status. */
  #until<T>(look: () => T | undefined, late: () => AppError): Promise<T> {
    const { resources, statuses, waitMs } = this.#options;
    return new Promise((resolve, reject) => {
      const check = (): void => {
        try {
          const found = look();
          if (found !== undefined) {
            end();
            resolve(found);
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

/** A resource that somebody wants. */
export type DesiredResource = {
  [K in ResourceKind]: { readonly kind: K; readonly name: string; readonly spec: SpecOf[K] };
}[ResourceKind];

function missing(kind: ResourceKind, name: string): string {
  return kind === 'topic'
    ? `Topic ${name} not found in topic registry`
    : `Could not find resource ${name}`;
}

function taken(kind: ResourceKind, name: string): string {
  return kind === 'topic'
    ? `Topic "${name}" already exists in Registry`
    : `The resource with the name ${name} already exists`;
}
