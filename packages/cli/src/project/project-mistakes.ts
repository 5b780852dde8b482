import { isMap, isPair, isScalar, type Document } from 'yaml';
import { z } from 'zod';

import { didYouMean } from '../output/suggest.ts';
import type { Mistake } from './source-text.ts';

type Doc = Document.Parsed;
type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** The paths in the file that may hold the value at a path, for example in an overlay. */
export type SourcePaths = (path: Path) => readonly Path[];

export interface DocumentSource {
  /** Name for messages. */
  readonly file: string;
  readonly document: Doc;
  /** The schema that reported the issues. */
  readonly schema: z.ZodType;
}

/** Converts issues of the schema to mistakes in the file. */
export function mistakesOf(
  issues: readonly Issue[],
  { file, document, schema }: DocumentSource,
  sourcePaths: SourcePaths = (path) => [path],
): readonly Mistake[] {
  return issues.flatMap((issue) =>
    findingsOf(issue, schema).map(({ path, isKey, message }) => {
      const [nearest = WHOLE_FILE] = sourcePaths(path)
        .map((each) => locate(document, each, isKey))
        .toSorted((a, b) => a.missing - b.missing);
      const { start, end } = nearest;
      return { file, start, end, message: `${label(path)}${message}` };
    }),
  );
}

/** The YAML errors and warnings of a document. */
export function yamlMistakes({ errors, warnings }: Doc, file: string): readonly Mistake[] {
  return [...errors, ...warnings].map(({ message, pos: [start, end] }) => {
    return { file, start, end, message: `${message.charAt(0).toLowerCase()}${message.slice(1)}` };
  });
}

interface Finding {
  readonly path: Path;
  /** Whether the mistake is in the key and not in its value. */
  readonly isKey: boolean;
  readonly message: string;
}

function findingsOf(issue: Issue, schema: z.ZodType): readonly Finding[] {
  const { path } = issue;
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = membersAt(schema, path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        isKey: true,
        message: `unknown member.${didYouMean(key, known)} The members are: ${known.join(', ')}`,
      }));
    }
    case 'invalid_key':
      return [
        {
          path,
          isKey: true,
          message: `invalid name: ${issue.issues[0]?.message ?? issue.message}`,
        },
      ];
    case 'invalid_value': {
      const words = issue.values.map(String);
      const input = typeof issue.input === 'string' ? issue.input : JSON.stringify(issue.input);
      if (issue.input === undefined) {
        return [missing(path, `one of ${words.join(', ')}`)];
      }
      return [
        {
          path,
          isKey: false,
          message: `expected ${words.join(', ')}, found ${JSON.stringify(issue.input)}.${didYouMean(input ?? '', words)}`,
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
              message: `expected ${withArticle(issue.expected)}, found ${valueText(issue.input)}`,
            },
      ];
    case 'invalid_union':
      return [
        issue.input === undefined
          ? { path, isKey: true, message: `is missing: ${issue.message}` }
          : { path, isKey: false, message: issue.message },
      ];
    default:
      return [{ path, isKey: false, message: `found ${valueText(issue.input)}: ${issue.message}` }];
  }
}

function missing(path: Path, expected: string): Finding {
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

function valueText(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function label(path: Path): string {
  return path.length === 0 ? '' : `${path.map(String).join('.')}: `;
}

/** The members of the object in the schema at this path. */
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
  const object = unwrap(at);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional
    ? unwrap(schema.unwrap())
    : schema;
}

interface Location {
  readonly start: number;
  readonly end: number;
  /** Number of steps of the path that the file does not have. */
  readonly missing: number;
}

const WHOLE_FILE: Location = { start: 0, end: 1, missing: 0 };

/** The location of a path in the file, or of its nearest parent if the path is missing. */
function locate(document: Doc, path: Path, isKey: boolean): Location {
  for (let length = path.length; length > 0; length -= 1) {
    const pair = pairAt(document, path.slice(0, length));
    if (pair !== undefined) {
      const missing = path.length - length;
      // A missing member is reported at the key of its parent.
      const node = missing === 0 && !isKey ? (pair.value ?? pair.key) : pair.key;
      const [start = 0, end = start] = node?.range ?? [];
      return { start, end, missing };
    }
  }
  return { ...WHOLE_FILE, missing: path.length };
}

interface KeyAndValue {
  readonly key: { readonly range?: readonly number[] | null } | undefined;
  readonly value: { readonly range?: readonly number[] | null } | undefined;
}

function pairAt(document: Doc, path: Path): KeyAndValue | undefined {
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
