import type { Kind } from '../kind.ts';
import type { TermTools } from '../reconcile/reconciled-kind.ts';
import { typePrinter } from './current-types.ts';
import { adoptTopic } from './adopt-topic.ts';
import { reconcileTopic } from './reconcile-topic.ts';
import { topicRoutes, type TopicRouteDeps } from './topic-routes.ts';

export function topicKind(deps: TopicRouteDeps): Kind<'topic'> {
  const printType = typePrinter(deps.schemas);
  return {
    kind: 'topic',
    addRoutes: (api) => topicRoutes(api, deps),
    affectedBy: (change) => {
      if (change.of === 'entry of a topic') {
        return [change.name];
      }
      if (change.of === 'resource' && change.kind === 'gateway') {
        return deps.resources
          .list('topic')
          .filter(({ spec: { keySchema, valueSchema } }) =>
            [keySchema, valueSchema].some((type) => type?.gateway === change.name),
          )
          .map(({ name }) => name);
      }
      // A topic waits until its mirror is deleted.
      return change.of === 'resource' && change.kind === 'mirror'
        ? deps.resources
            .list('topic')
            .filter(({ isDeleting }) => isDeleting)
            .map(({ name }) => name)
        : [];
    },
    open: (tools) => ({
      reconcile: (topic, signal) =>
        reconcileTopic(
          topic,
          {
            ...tools,
            printType,
            writeEntry: (entry, until) => tools.projections.writeTopic(entry, until),
            removeEntry: (name, until) => tools.projections.removeTopic(name, until),
          },
          signal,
        ),
      // It runs no workload and no service.
      needs: () => false,
      removeOrphans: (signal) => removeOrphans(tools, signal),
    }),
  };
}

/** Removes entries of the registry without a topic, or adopts those that never had one. */
async function removeOrphans(tools: TermTools, signal: AbortSignal): Promise<void> {
  const { registry, resources, projections, step } = tools;
  for (const entry of registry.list()) {
    if (resources.get('topic', entry.name) !== undefined) {
      continue;
    }
    if (resources.versionOf('topic', entry.name) === 0) {
      await adoptTopic(entry, tools, signal);
    } else {
      await step('remove-registry-entry', () => projections.removeTopic(entry.name, signal));
    }
  }
}
