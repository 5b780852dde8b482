import { maskEnvironment } from '@quicksilver/contracts/control/masked-environment';
import type { Resource, ResourceKind, SpecOf } from '@quicksilver/contracts/control/resource';
import type { FastifyReply } from 'fastify';
import { isDeepStrictEqual } from 'node:util';

import type { ApplyAnswer } from './answers.ts';
import type { ApiDeps } from './api-deps.ts';

export interface ApplyOptions<K extends ResourceKind> {
  readonly kind: K;
  readonly name: string;
  readonly isDryRun: boolean;
  /** The spec by the wish and what there is. Throws `AppError` where that cannot be. */
  readonly decide: (current: Resource<K> | undefined) => SpecOf[K];
  /** Where something has to be created in another way than by its own record alone. */
  readonly create?: (spec: SpecOf[K]) => Promise<void>;
  /** Waits for what a change brings; by default until it is arranged. */
  readonly settle?: () => Promise<unknown>;
  readonly warnings?: () => readonly string[];
}

/** The same wish again changes nothing; a wish that was granted half is completed. */
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

/** A spec as an answer shows it: the values of an environment, which may be secrets, stay here. */
function shownSpec(
  spec: SpecOf[ResourceKind],
  before: SpecOf[ResourceKind] | undefined,
): Record<string, unknown> {
  if (!('environment' in spec)) {
    return { ...spec };
  }
  const known = before !== undefined && 'environment' in before ? before.environment : {};
  return { ...spec, environment: maskEnvironment(spec.environment, known) };
}
