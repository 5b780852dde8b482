import type { ResourceKind } from '@quicksilver/contracts/control/resource';

import { isLive, type Overview } from '../manager/manager-client.ts';
import type { ProjectSources } from './read-project.ts';
import type { ProjectFile, ProjectTopic } from './project-schema.ts';
import type { DocumentsFolder } from './read-documents.ts';

/** One resource of a project, as the manager's API expects it. */
export interface ResourceSpec {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * All resources of a project in the order of applying. A topic with values of a schema type needs
 * its gateway first; every other gateway needs its topics first.
 */
export function resourceSpecs(
  { project, schemas, documents }: ProjectSources,
  live: Overview,
): readonly ResourceSpec[] {
  const topics = Object.entries(project.topics ?? {}).map(([name, { data: _data, ...body }]) => ({
    kind: 'topic' as const,
    name,
    body: hasRange(name, project) && !isLive(live, 'topic', name) ? withoutCompaction(body) : body,
  }));
  const mirrors = Object.entries(project.mirrors ?? {}).map(([name, mirror]) => ({
    kind: 'mirror' as const,
    name,
    body: { topic: name, ...mirror },
  }));
  const gateways = Object.entries(project.gateways ?? {}).map(([name, gateway]) => ({
    kind: 'gateway' as const,
    name,
    body: {
      ...gateway,
      schema: schemas.get(name)?.text ?? '',
      ...documentsOf(documents.get(name)),
    },
  }));
  const apps = Object.entries(project.apps ?? {}).map(([name, body]) => ({
    kind: 'application' as const,
    name,
    body,
  }));
  const typeSources = new Set(topics.map(({ body }) => body.schema?.split('.')[0]));
  return [
    ...topics.filter(({ body }) => body.schema === undefined),
    ...gateways.filter(({ name }) => typeSources.has(name)),
    ...topics.filter(({ body }) => body.schema !== undefined),
    ...mirrors,
    ...gateways.filter(({ name }) => !typeSources.has(name)),
    ...apps,
  ];
}

/** Without a folder the documents of the gateway stay as they are, as any member left out. */
function documentsOf(folder: DocumentsFolder | undefined): {
  readonly documents?: DocumentsFolder['texts'];
} {
  return folder === undefined ? {} : { documents: folder.texts };
}

function hasRange(topic: string, { mirrors = {} }: ProjectFile): boolean {
  return Object.entries(mirrors).some(
    ([name, mirror]) => (mirror.topic ?? name) === topic && mirror.rangeField !== undefined,
  );
}

/** A range returns all versions of a key, so compaction of a new topic must not drop them. */
function withoutCompaction(topic: ProjectTopic): ProjectTopic {
  return topic.register === true
    ? topic
    : { ...topic, configs: { 'cleanup.policy': 'delete', ...topic.configs } };
}
