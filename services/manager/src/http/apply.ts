import { maskEnvironment } from '@quicksilver/contracts/control/masked-environment';
import type { Resource, ResourceKind, SpecOf } from '@quicksilver/resources/kinds';
import type { FastifyReply } from 'fastify';
import { isDeepStrictEqual } from 'node:util';

import type { ApplyAnswer } from './answers.ts';
import type { ApiDeps } from './api-deps.ts';

export interface ApplyOptions<K extends ResourceKind> {
  readonly kind: K;
  readonly name: string;
  readonly isDryRun: boolean;
  /** Merges the manifest into the current resource. Throws `AppError` if the result is invalid. */
  readonly decide: (current: Resource<K> | undefined) => SpecOf[K];
  /** Set if a new resource needs more than its own record. */
  readonly create?: (spec: SpecOf[K]) => Promise<void>;
  /** Waits for the effect of a change. By default it waits until the change is arranged. */
  readonly settle?: () => Promise<unknown>;
  readonly warnings?: () => readonly string[];
}

/**
 * Idempotent: the same manifest again changes nothing, and one that was applied in part is
 * completed.
 */
export async function applyManifest<K extends ResourceKind>(
  options: ApplyOptions<K>,
  { desired, resources }: Pick<ApiDeps, 'desired' | 'resources'>,
  reply: FastifyReply,
): Promise<ApplyAnswer> {
  const { kind, name, isDryRun, decide, create, settle, warnings } = options;
  const decideChange = (current: Resource<K> | undefined): SpecOf[K] | undefined => {
    const spec = decide(current);
    return current !== undefined && isDeepStrictEqual(spec, current.spec) ? undefined : spec;
  };
  const answer = (result: ApplyAnswer['result'], version: number, spec: SpecOf[K]): ApplyAnswer => {
    reply.code(result === 'created' && !isDryRun ? 201 : 200);
    const resource = { kind, name, version, spec: shownSpec(spec, current?.spec) };
    return { result, resource, warnings: [...(warnings?.() ?? [])] };
  };
  const current = resources.get(kind, name);
  if (isDryRun) {
    if (current?.isDeleting === true) {
      desired.requireFree(kind, name);
    }
    const spec = decideChange(current);
    const result =
      current === undefined ? 'created' : spec === undefined ? 'unchanged' : 'configured';
    return answer(result, current?.version ?? 0, spec ?? decide(current));
  }
  if (current === undefined && create !== undefined) {
    await create(decide(undefined));
    const { version, spec } = desired.require(kind, name);
    return answer('created', version, spec);
  }
  const { outcome, resource } = await desired.apply(kind, name, decideChange);
  await (settle ?? (() => desired.untilArranged(kind, name)))();
  return answer(outcome, resource.version, resource.spec);
}

/** The spec as responses show it. Environment values may be secrets, so they are masked. */
function shownSpec(
  spec: SpecOf[ResourceKind],
  before: SpecOf[ResourceKind] | undefined,
): Record<string, unknown> {
  if (!('environment' in spec)) {
    return { ...spec };
  }
  const previous = before !== undefined && 'environment' in before ? before.environment : {};
  return { ...spec, environment: maskEnvironment(spec.environment, previous) };
}
