import { DefinitionError } from '@quicksilver/definition/definition-error';
import { parseDefinition } from '@quicksilver/definition/parse-definition';
import { GraphQLError, Kind, parse, visit, type DocumentNode } from 'graphql';

import { didYouMean } from '../output/suggest.ts';
import type { SchemaFile } from './load-project.ts';
import { projectError } from './parse-project.ts';
import type { ProjectFile } from './project-schema.ts';
import { printMistakes, type Mistake } from './source-text.ts';

/**
 * What the manager would take and a project does not mean: a schema that cannot be read, a field of
 * a topic that there is not, a type that its schema does not have. Throws `CliError` with all of it.
 */
export function checkSchemas(
  project: ProjectFile,
  schemas: ReadonlyMap<string, SchemaFile>,
  liveTopics: readonly string[],
): void {
  const topics = [...Object.keys(project.topics ?? {}), ...liveTopics];
  const printed: string[] = [];
  const types = new Map<string, readonly string[]>();
  for (const [gateway, { file, text }] of schemas) {
    const parsed = parsedSchema(file, text);
    if ('mistake' in parsed) {
      printed.push(printMistakes(text, [parsed.mistake]));
      continue;
    }
    types.set(gateway, typeNames(parsed.document));
    const mistakes = [
      ...wrongDefinitions(file, text),
      ...missingTopics(file, parsed.document, topics),
    ];
    if (mistakes.length > 0) {
      printed.push(printMistakes(text, mistakes));
    }
  }
  for (const [topic, { schema }] of Object.entries(project.topics ?? {})) {
    const [gateway = '', type = ''] = schema?.split('.') ?? [];
    const known = types.get(gateway);
    if (known !== undefined && !known.includes(type)) {
      printed.push(
        `topics.${topic}.schema: expected a type of the schema of gateway ${gateway}, found "${type}".${didYouMean(type, known)}`,
      );
    }
  }
  if (printed.length > 0) {
    throw projectError(printed.join('\n'));
  }
}

function parsedSchema(
  file: string,
  text: string,
): { readonly document: DocumentNode } | { readonly mistake: Mistake } {
  try {
    return { document: parse(text) };
  } catch (error) {
    if (!(error instanceof GraphQLError)) {
      throw error;
    }
    const start = error.positions?.[0] ?? 0;
    return { mistake: { file, start, end: start + 1, message: error.message } };
  }
}

/** What the manager would refuse, which knows no files. */
function wrongDefinitions(file: string, text: string): readonly Mistake[] {
  try {
    parseDefinition(text);
    return [];
  } catch (error) {
    if (!(error instanceof DefinitionError)) {
      throw error;
    }
    return error.problems.map(({ message, line, column }) => {
      const start = startOfLine(text, line) + column - 1;
      return { file, start, end: start + 1, message };
    });
  }
}

function startOfLine(text: string, line: number): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((sum, each) => sum + each.length + 1, 0);
}

function typeNames(document: DocumentNode): readonly string[] {
  return document.definitions.flatMap((each) =>
    each.kind === Kind.OBJECT_TYPE_DEFINITION ? [each.name.value] : [],
  );
}

function missingTopics(
  file: string,
  document: DocumentNode,
  topics: readonly string[],
): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  visit(document, {
    Directive(node) {
      const name = node.arguments?.find((argument) => argument.name.value === 'name')?.value;
      if (
        node.name.value !== 'topic' ||
        name?.kind !== Kind.STRING ||
        topics.includes(name.value)
      ) {
        return;
      }
      const { start = 0, end = 0 } = name.loc ?? {};
      const message = `expected a topic of the project or of the deployment, found "${name.value}".${didYouMean(name.value, topics)}`;
      mistakes.push({ file, start, end, message });
    },
  });
  return mistakes;
}
