import type { Environment } from '@quicksilver/common/config/option';
import { isMap, isNode, parseAllDocuments, type Document } from 'yaml';
import { z } from 'zod';

import { mistakesOf, yamlMistakes } from './project-mistakes.ts';
import { texts, THINGS, type ProjectFile, type Section } from './project-schema.ts';
import type { Mistake } from './source-text.ts';
import { substitute } from './substitute.ts';

export const API_VERSION = 'quicksilver/v1';

const SECTION_OF: Readonly<Record<string, Section>> = {
  Topic: 'topics',
  Mirror: 'mirrors',
  Gateway: 'gateways',
  Application: 'apps',
};

type Doc = Document.Parsed;
type Place = Pick<Mistake, 'start' | 'end'>;
type SpecOf<S extends Section> = NonNullable<ProjectFile[S]>[string];

interface ManifestOf<S extends Section> {
  readonly section: S;
  readonly name: string;
  readonly spec: SpecOf<S>;
  readonly nameAt: Place;
  /** Of `spec.schema`, where there is one. */
  readonly schemaAt: Place;
  /** Of `spec.documents`, where there is one. */
  readonly documentsAt: Place;
}

/** One thing of a project as a document of its own, and where it says its name. */
export type Manifest = { [S in Section]: ManifestOf<S> }[Section];

export interface ReadManifests {
  readonly manifests: readonly Manifest[];
  readonly mistakes: readonly Mistake[];
}

/** Whether a text holds manifests and not a project, which has neither of these members. */
export function isManifests(text: string): boolean {
  return documentsOf(text).some(
    ({ contents }) => isMap(contents) && (contents.has('apiVersion') || contents.has('kind')),
  );
}

/**
 * Reads the documents of a text, each with `apiVersion`, `kind`, `metadata` and `spec` as Kubernetes
 * writes them, and replaces their variables. Empty documents are passed over.
 */
export function readManifests(text: string, file: string, env: Environment): ReadManifests {
  const manifests: Manifest[] = [];
  const mistakes: Mistake[] = [];
  for (const document of documentsOf(text)) {
    const unset = [...yamlMistakes(document, file), ...substitute(document, env, file)];
    const value: unknown = unset.length === 0 ? document.toJS() : undefined;
    if (unset.length > 0 || value === null) {
      mistakes.push(...unset);
      continue;
    }
    const section = sectionOf(value);
    const schema = section === undefined ? anyManifest : manifestOf(section);
    const { data, error } = schema.safeParse(value, { reportInput: true });
    mistakes.push(...mistakesOf(error?.issues ?? [], { file, document, schema }));
    if (section !== undefined && data !== undefined) {
      const { metadata, spec } = data as z.output<ReturnType<typeof manifestOf>>;
      const nameAt = placeOf(document, ['metadata', 'name']);
      const schemaAt = placeOf(document, ['spec', 'schema']);
      const documentsAt = placeOf(document, ['spec', 'documents']);
      const { name } = metadata;
      // The schema of this section has read it.
      manifests.push({ section, name, spec, nameAt, schemaAt, documentsAt } as Manifest);
    }
  }
  return { manifests, mistakes };
}

/** Enough to say which kind it wants to be. */
const anyManifest = z.looseObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.enum(Object.keys(SECTION_OF)),
});

function manifestOf(section: Section) {
  const { name, spec } = THINGS[section];
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.string(),
    metadata: z.strictObject({
      name,
      labels: texts.optional(),
      annotations: texts.optional(),
    }),
    spec,
  });
}

function documentsOf(text: string): readonly Doc[] {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  return 'empty' in documents ? [] : documents;
}

function sectionOf(value: unknown): Section | undefined {
  const kind = z.looseObject({ kind: z.string() }).safeParse(value).data?.kind ?? '';
  return Object.hasOwn(SECTION_OF, kind) ? SECTION_OF[kind] : undefined;
}

function placeOf(document: Doc, path: readonly string[]): Place {
  const node = document.getIn(path, true);
  const [start = 0, end = start] = isNode(node) ? (node.range ?? []) : [];
  return { start, end };
}
