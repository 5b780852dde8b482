import type { Kind } from '../kind.ts';
import { applicationRoutes, type ApplicationRouteDeps } from './application-routes.ts';
import { reconcileApplication } from './reconcile-application.ts';

export function applicationKind(deps: ApplicationRouteDeps): Kind<'application'> {
  return {
    kind: 'application',
    addRoutes: (api) => applicationRoutes(api, deps),
    workloadOf: ({ name }) => ({ kind: 'application', name }),
    affectedBy: (change) =>
      change.of === 'workload' && change.kind === 'application' ? [change.name] : [],
    open: (tools) => ({
      reconcile: (application) => reconcileApplication(application, tools),
      needs: (name) => tools.resources.get('application', name) !== undefined,
    }),
  };
}
