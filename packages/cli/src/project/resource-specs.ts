import {
  DEFINITIONS,
  RESOURCE_KINDS,
  type ProjectResource,
  type ResourceKind,
  type Section,
} from '@quicksilver/resources/kinds';
import type { Use } from '@quicksilver/resources/members';

import { isLive, type Overview } from '../manager/manager-client.ts';
import type { LoadedProject } from './load-project.ts';
import { KIND_OF_SECTION, SECTIONS, type ProjectFile } from './project-schema.ts';

/** One resource of a project, as the manager's API expects it. */
export interface ResourceSpec {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The resources that it needs. */
  readonly uses: readonly Use[];
}

/** All resources of a project in the order of applying. */
export function resourceSpecs(loaded: LoadedProject, live: Overview): readonly ResourceSpec[] {
  const { project } = loaded;
  const specs = SECTIONS.flatMap((section) =>
    Object.entries(project[section] ?? {}).map(([name, manifest]): ResourceSpec => {
      const kind = KIND_OF_SECTION[section];
      const body = BODIES[section](name, manifest, { loaded, live });
      return { kind, name, body, uses: DEFINITIONS[kind].uses(name, manifest) };
    }),
  );
  return inOrder(specs);
}

/**
 * The order of the kinds, except that a resource of a later kind comes before those that use it. A
 * topic with values of a schema type needs its gateway first; every other gateway comes after the
 * topics.
 */
function inOrder(specs: readonly ResourceSpec[]): readonly ResourceSpec[] {
  const ordered = new Set<ResourceSpec>();
  const add = (more: readonly ResourceSpec[]): void => more.forEach((spec) => ordered.add(spec));
  for (const kind of RESOURCE_KINDS) {
    const pending = specs.filter((spec) => !ordered.has(spec));
    const own = pending.filter((spec) => spec.kind === kind);
    const isUsed = (spec: ResourceSpec): boolean => own.some(({ uses }) => isIn(uses, spec));
    add(own.filter(({ uses }) => !pending.some((spec) => isIn(uses, spec))));
    add(pending.filter((spec) => spec.kind !== kind && isUsed(spec)));
    add(own);
  }
  return [...ordered];
}

function isIn(uses: readonly Use[], { kind, name }: ResourceSpec): boolean {
  return uses.some((use) => use.kind === kind && use.name === name);
}

interface BodyFacts {
  readonly loaded: LoadedProject;
  readonly live: Overview;
}

type Body = ResourceSpec['body'];

/** The request for a resource: files are replaced by their contents. */
const BODIES: { readonly [S in Section]: BodyOf<S> } = {
  topics: (name, { data: _data, ...body }, { loaded, live }) =>
    hasRange(name, loaded.project) && !isLive(live, 'topic', name) ? withoutCompaction(body) : body,
  mirrors: (name, mirror) => ({ topic: name, ...mirror }),
  gateways: (name, gateway, { loaded: { schemas, documents } }) => {
    const folder = documents.get(name);
    return {
      ...gateway,
      schema: schemas.get(name)?.text ?? '',
      // Without a folder the documents stay as they are, as any member left out.
      ...(folder === undefined ? {} : { documents: folder.texts }),
    };
  },
  apps: (_name, body) => body,
};

interface BodyOf<S extends Section> {
  (name: string, manifest: ProjectResource<S>, facts: BodyFacts): Body;
}

function hasRange(topic: string, { mirrors = {} }: ProjectFile): boolean {
  return Object.entries(mirrors).some(
    ([name, mirror]) => (mirror.topic ?? name) === topic && mirror.rangeField !== undefined,
  );
}

/** A range returns all versions of a key, so compaction of a new topic must not drop them. */
function withoutCompaction(topic: Omit<ProjectResource<'topics'>, 'data'>): Body {
  return topic.register === true
    ? topic
    : { ...topic, configs: { 'cleanup.policy': 'delete', ...topic.configs } };
}
