import type { Environment } from '@quicksilver/common/config/option';
import { isMap, isNode, parseAllDocuments, type Document } from 'yaml';
import { z } from 'zod';

import { mistakesOf, yamlMistakes } from './project-mistakes.ts';
import { RESOURCES, texts, type ProjectFile, type Section } from './project-schema.ts';
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
type TextRange = Pick<Mistake, 'start' | 'end'>;
type SpecOf<S extends Section> = NonNullable<ProjectFile[S]>[string];

interface ManifestOf<S extends Section> {
  readonly section: S;
  readonly name: string;
  readonly spec: SpecOf<S>;
  readonly nameAt: TextRange;
  /** Of `spec.schema`, if there is one. */
  readonly schemaAt: TextRange;
  /** Of `spec.documents`, if there is one. */
  readonly documentsAt: TextRange;
}

/** One resource as a document, with the positions of its name and its paths. */
export type Manifest = { [S in Section]: ManifestOf<S> }[Section];

export interface ManifestsResult {
  readonly manifests: readonly Manifest[];
  readonly mistakes: readonly Mistake[];
}

/** Whether a text contains manifests. A project file has neither `apiVersion` nor `kind`. */
export function isManifests(text: string): boolean {
  return documentsOf(text).some(
    ({ contents }) => isMap(contents) && (contents.has('apiVersion') || contents.has('kind')),
  );
}

/**
 * Parses the documents of a text, each with `apiVersion`, `kind`, `metadata` and `spec` as in
 * Kubernetes, and replaces their variables. Skips empty documents.
 */
export function readManifests(text: string, file: string, env: Environment): ManifestsResult {
  const manifests: Manifest[] = [];
  const mistakes: Mistake[] = [];
  for (const document of documentsOf(text)) {
    const unreadable = [...yamlMistakes(document, file), ...substitute(document, env, file)];
    const value: unknown = unreadable.length === 0 ? document.toJS() : undefined;
    if (unreadable.length > 0 || value === null) {
      mistakes.push(...unreadable);
      continue;
    }
    const section = sectionOf(value);
    const schema = section === undefined ? anyManifest : manifestOf(section);
    const { data, error } = schema.safeParse(value, { reportInput: true });
    mistakes.push(...mistakesOf(error?.issues ?? [], { file, document, schema }));
    if (section !== undefined && data !== undefined) {
      const { metadata, spec } = data as z.output<ReturnType<typeof manifestOf>>;
      const nameAt = rangeAt(document, ['metadata', 'name']);
      const schemaAt = rangeAt(document, ['spec', 'schema']);
      const documentsAt = rangeAt(document, ['spec', 'documents']);
      const { name } = metadata;
      // The schema of this section has checked the spec.
      manifests.push({ section, name, spec, nameAt, schemaAt, documentsAt } as Manifest);
    }
  }
  return { manifests, mistakes };
}

/** Checks a manifest of an unknown kind, to report the wrong kind. */
const anyManifest = z.looseObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.enum(Object.keys(SECTION_OF)),
});

function manifestOf(section: Section) {
  const { name, spec } = RESOURCES[section];
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

function rangeAt(document: Doc, path: readonly string[]): TextRange {
  const node = document.getIn(path, true);
  const [start = 0, end = start] = isNode(node) ? (node.range ?? []) : [];
  return { start, end };
}
