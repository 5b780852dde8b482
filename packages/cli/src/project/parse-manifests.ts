import type { Environment } from '@quicksilver/common/config/option';
import { DEFINITIONS, type ProjectResource, type Section } from '@quicksilver/resources/kinds';
import { texts } from '@quicksilver/resources/members';
import { isMap, isNode, parseAllDocuments, type Document } from 'yaml';
import { z } from 'zod';

import { problemsAt, type Origin } from './origin.ts';
import { mistakesOf, yamlMistakes } from './project-mistakes.ts';
import { KIND_OF_SECTION, SECTIONS } from './project-schema.ts';
import type { Mistake } from './source-text.ts';
import { substitute } from './substitute.ts';

export const API_VERSION = 'quicksilver/v1';

const SECTION_OF: Readonly<Record<string, Section>> = Object.fromEntries(
  SECTIONS.map((section) => [DEFINITIONS[KIND_OF_SECTION[section]].manifestKind, section]),
);

type Doc = Document.Parsed;
type TextRange = Pick<Mistake, 'start' | 'end'>;

interface ManifestOf<S extends Section> {
  readonly section: S;
  readonly name: string;
  readonly spec: ProjectResource<S>;
  readonly nameAt: TextRange;
  readonly origin: Origin;
}

/** One resource as a document, with its place in the file. */
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
      const { name } = metadata;
      const nameAt = rangeAt(document, ['metadata', 'name']);
      const origin = { file, text, document, schema, path: ['spec'] };
      const definition = DEFINITIONS[KIND_OF_SECTION[section]];
      mistakes.push(...problemsAt(origin, spec, definition.problems(name, spec)));
      // The schema of this section has checked the spec.
      manifests.push({ section, name, spec, nameAt, origin } as Manifest);
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
  const { name, project: spec } = DEFINITIONS[KIND_OF_SECTION[section]];
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
