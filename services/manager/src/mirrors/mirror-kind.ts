import { processOf } from '@quicksilver/resources/mirror-lookup';
import type { Resource } from '@quicksilver/resources/kinds';

import type { Kind } from '../kind.ts';
import type { TermTools } from '../reconcile/reconciled-kind.ts';
import { MirrorKeeper } from './mirror-keeper.ts';
import { mirrorRoutes, type MirrorRouteDeps } from './mirror-routes.ts';
import type { ProbeMirror } from './observe-mirror.ts';

export function mirrorKind(deps: MirrorRouteDeps, probe: ProbeMirror): Kind<'mirror'> {
  const namesOf = (isMeant: (mirror: Resource<'mirror'>) => boolean): readonly string[] =>
    deps.resources
      .list('mirror')
      .filter(isMeant)
      .map(({ name }) => name);
  return {
    kind: 'mirror',
    addRoutes: (api) => mirrorRoutes(api, deps, probe),
    workloadOf: (mirror) => ({ kind: 'mirror', name: processOf(mirror) }),
    affectedBy: (change) => {
      if (change.of === 'entry of a topic') {
        return namesOf(({ spec }) => spec.topic === change.name);
      }
      // Mirrors share processes, so each of them may be meant.
      return change.of !== 'resource' && change.kind === 'mirror' ? namesOf(() => true) : [];
    },
    open: (tools) => {
      const keeper = new MirrorKeeper({ ...tools, writer: tools.projections, probe });
      return {
        reconcile: (mirror, signal) => keeper.reconcile(mirror, signal),
        needs: (process) => isNeeded(process, tools),
      };
    },
  };
}

/** A process that mirrors are leaving is stopped by those mirrors. */
function isNeeded(process: string, { resources, services }: TermTools): boolean {
  const hosts = services.mirror(process)?.topics ?? [];
  return resources
    .list('mirror')
    .some(
      (mirror) =>
        processOf(mirror) === process || hosts.some(({ topic }) => topic === mirror.spec.topic),
    );
}
