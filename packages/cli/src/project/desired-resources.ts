import type { ResourceKind } from '@quicksilver/common/control/resource';

import { isLive, type Overview } from '../manager/manager-client.ts';
import type { LoadedProject } from './load-project.ts';
import type { ProjectFile, ProjectTopic } from './project-schema.ts';
import type { DocumentsFolder } from './read-documents.ts';

/** One thing that the project wants, in the words of the manager's API. */
export interface Desired {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Everything that a project wants, in the order in which one thing needs another: a topic whose
 * values are of a type of a schema needs its gateway first, and every other gateway its topics.
 */
export function desiredResources(
  { project, schemas, documents }: LoadedProject,
  live: Overview,
): readonly Desired[] {
  const topics = Object.entries(project.topics ?? {}).map(([name, { data: _data, ...body }]) => ({
    kind: 'topic' as const,
    name,
    body: hasRange(name, project) && !isLive(live, 'topic', name) ? keepingVersions(body) : body,
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
  const givesTypes = new Set(topics.map(({ body }) => body.schema?.split('.')[0]));
  return [
    ...topics.filter(({ body }) => body.schema === undefined),
    ...gateways.filter(({ name }) => givesTypes.has(name)),
    ...topics.filter(({ body }) => body.schema !== undefined),
    ...mirrors,
    ...gateways.filter(({ name }) => !givesTypes.has(name)),
    ...apps,
  ];
}

/** A folder that the file leaves out says nothing, as all that it leaves out. */
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

/** A range consists of all versions of a key: in a new topic compaction must not drop them. */
function keepingVersions(topic: ProjectTopic): ProjectTopic {
  return topic.register === true
    ? topic
    : { ...topic, configs: { 'cleanup.policy': 'delete', ...topic.configs } };
}
