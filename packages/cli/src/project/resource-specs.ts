import { DEFINITIONS, RESOURCE_KINDS, type ResourceKind } from '@quicksilver/resources/kinds';
import type { FileContents } from '@quicksilver/resources/definition';
import type { Use } from '@quicksilver/resources/members';

import { isLive, type Overview } from '../manager/manager-client.ts';
import { KIND_OF_SECTION, SECTIONS, type ProjectFile } from './project-schema.ts';
import type { ProjectSources } from './read-project.ts';

/** One resource of a project, as the manager's API expects it. */
export interface ResourceSpec {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The resources that it needs. */
  readonly uses: readonly Use[];
}

/** All resources of a project in the order of applying. */
export function resourceSpecs(loaded: ProjectSources, live: Overview): readonly ResourceSpec[] {
  const { project } = loaded;
  const contents = contentsOf(loaded);
  const specs = SECTIONS.flatMap((section) =>
    Object.entries(project[section] ?? {}).map(([name, manifest]): ResourceSpec => {
      const kind = KIND_OF_SECTION[section];
      const definition = DEFINITIONS[kind];
      const body = definition.bodyOf(name, manifest, contents.get(`${section}.${name}`) ?? {});
      return { kind, name, body: { ...body }, uses: definition.uses(name, manifest) };
    }),
  );
  return inOrder(specs.map((spec) => withoutCompaction(spec, project, live)));
}

/** The contents of files that a project names, by `section.name`. Only gateways name files. */
function contentsOf({ schemas, documents }: ProjectSources): ReadonlyMap<string, FileContents> {
  return new Map(
    [...schemas].map(([name, { text }]) => {
      const folder = documents.get(name);
      const texts = folder === undefined ? {} : { documents: folder.texts };
      return [`gateways.${name}`, { schema: text, ...texts }];
    }),
  );
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
    const kindSpecs = pending.filter((spec) => spec.kind === kind);
    const isUsed = (spec: ResourceSpec): boolean => kindSpecs.some(({ uses }) => isIn(uses, spec));
    add(kindSpecs.filter(({ uses }) => !pending.some((spec) => isIn(uses, spec))));
    add(pending.filter((spec) => spec.kind !== kind && isUsed(spec)));
    add(kindSpecs);
  }
  return [...ordered];
}

function isIn(uses: readonly Use[], { kind, name }: ResourceSpec): boolean {
  return uses.some((use) => use.kind === kind && use.name === name);
}

function hasRange(topic: string, { mirrors = {} }: ProjectFile): boolean {
  return Object.entries(mirrors).some(
    ([name, mirror]) => (mirror.topic ?? name) === topic && mirror.rangeField !== undefined,
  );
}

/** A range returns all versions of a key, so compaction of a new topic must not drop them. */
function withoutCompaction(spec: ResourceSpec, project: ProjectFile, live: Overview): ResourceSpec {
  const { kind, name, body } = spec;
  const topic = kind === 'topic' ? project.topics?.[name] : undefined;
  if (
    topic === undefined ||
    topic.register === true ||
    !hasRange(name, project) ||
    isLive(live, kind, name)
  ) {
    return spec;
  }
  return { ...spec, body: { ...body, configs: { 'cleanup.policy': 'delete', ...topic.configs } } };
}
