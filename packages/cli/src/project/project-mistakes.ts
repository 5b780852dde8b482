import { isMap, isPair, isScalar, type Document } from 'yaml';
import { z } from 'zod';

import { didYouMean } from '../output/suggest.ts';
import type { Mistake } from './source-text.ts';

type Doc = Document.Parsed;
type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** Where the value of an issue stands: by its own path, and where it may come from instead. */
export type Elsewhere = (path: Path) => readonly Path[];

export interface ReadDocument {
  /** How the file is called in messages. */
  readonly file: string;
  readonly document: Doc;
  /** What the document was checked against. */
  readonly schema: z.ZodType;
}

/** Issues of the schema as mistakes of the file. */
export function mistakesOf(
  issues: readonly Issue[],
  { file, document, schema }: ReadDocument,
  elsewhere: Elsewhere = (path) => [path],
): readonly Mistake[] {
  return issues.flatMap((issue) =>
    split(issue, schema).map(({ path, isKey, message }) => {
      const [place = NOWHERE] = elsewhere(path)
        .map((each) => placeOf(document, each, isKey))
        .toSorted((a, b) => a.missing - b.missing);
      return { file, start: place.start, end: place.end, message: `${label(path)}${message}` };
    }),
  );
}

/** What is wrong with a document as YAML. */
export function yamlMistakes({ errors, warnings }: Doc, file: string): readonly Mistake[] {
  return [...errors, ...warnings].map(({ message, pos: [start, end] }) => {
    return { file, start, end, message: `${message.charAt(0).toLowerCase()}${message.slice(1)}` };
  });
}

interface Told {
  readonly path: Path;
  /** The mistake is the key and not its value. */
  readonly isKey: boolean;
  readonly message: string;
}

function split(issue: Issue, schema: z.ZodType): readonly Told[] {
  const { path } = issue;
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = membersAt(schema, path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        isKey: true,
        message: `is not a member here.${didYouMean(key, known)} There are: ${known.join(', ')}`,
      }));
    }
    case 'invalid_key':
      return [
        { path, isKey: true, message: `is no name: ${issue.issues[0]?.message ?? issue.message}` },
      ];
    case 'invalid_value': {
      const words = issue.values.map(String);
      const found = typeof issue.input === 'string' ? issue.input : JSON.stringify(issue.input);
      if (issue.input === undefined) {
        return [missing(path, `one of ${words.join(', ')}`)];
      }
      return [
        {
          path,
          isKey: false,
          message: `expected ${words.join(', ')}, found ${JSON.stringify(issue.input)}.${didYouMean(found ?? '', words)}`,
        },
      ];
    }
    case 'invalid_type':
      return [
        issue.input === undefined
          ? missing(path, withArticle(issue.expected))
          : {
              path,
              isKey: false,
              message: `expected ${withArticle(issue.expected)}, found ${shown(issue.input)}`,
            },
      ];
    default:
      return [{ path, isKey: false, message: `found ${shown(issue.input)}: ${issue.message}` }];
  }
}

function missing(path: Path, expected: string): Told {
  return { path, isKey: true, message: `is missing: expected ${expected}` };
}

function withArticle(type: string): string {
  const words: Readonly<Record<string, string>> = {
    int: 'a whole number',
    number: 'a number',
    string: 'a text',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map',
    record: 'a map',
  };
  return words[type] ?? type;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function label(path: Path): string {
  return path.length === 0 ? '' : `${path.map(String).join('.')}: `;
}

/** The members that an object of the schema at this path may have. */
function membersAt(schema: z.ZodType, path: Path): readonly string[] {
  let at: unknown = schema;
  for (const step of path) {
    const inner = unwrap(at);
    at =
      inner instanceof z.ZodObject
        ? inner.shape[String(step)]
        : inner instanceof z.ZodRecord
          ? inner.valueType
          : undefined;
  }
  const found = unwrap(at);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

interface FoundPlace {
  readonly start: number;
  readonly end: number;
  /** Steps of the path that the file does not have. */
  readonly missing: number;
}

const NOWHERE: FoundPlace = { start: 0, end: 1, missing: 0 };

/** Where a path stands in the file; the nearest thing above it where it does not. */
function placeOf(document: Doc, path: Path, isKey: boolean): FoundPlace {
  for (let length = path.length; length > 0; length -= 1) {
    const pair = pairAt(document, path.slice(0, length));
    if (pair !== undefined) {
      const missing = path.length - length;
      // Of something that is missing, the key of what it is missing in.
      const node = missing === 0 && !isKey ? (pair.value ?? pair.key) : pair.key;
      const [start = 0, end = start] = node?.range ?? [];
      return { start, end, missing };
    }
  }
  return { ...NOWHERE, missing: path.length };
}

interface Place {
  readonly key: { readonly range?: readonly number[] | null } | undefined;
  readonly value: { readonly range?: readonly number[] | null } | undefined;
}

function pairAt(document: Doc, path: Path): Place | undefined {
  const last = path.at(-1);
  const parent: unknown =
    path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(last),
    );
    return pair === undefined ? undefined : { key: rangeOf(pair.key), value: rangeOf(pair.value) };
  }
  const node = document.getIn(path, true);
  return node === undefined ? undefined : { key: rangeOf(node), value: rangeOf(node) };
}

function rangeOf(node: unknown): { readonly range?: readonly number[] | null } | undefined {
  return typeof node === 'object' && node !== null && 'range' in node
    ? { range: Array.isArray(node.range) ? node.range.slice(0, 2).map(Number) : null }
    : undefined;
}
