import {
  NoSchemaIntrospectionCustomRule,
  validate,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';

import { DOCUMENT_RULES } from '@quicksilver/definition/document-rules';

import { tooDeep } from '../parse-document.ts';
import { checkLimits, type OperationLimits } from './check-limits.ts';
import { sizeText } from './argument-sizes.ts';
import type { KnownItems, MeasuredSchema } from './measure-operation.ts';

export interface GraphqlLimits extends OperationLimits {
  readonly tokensMax: number;
  /** The number of items of a list whose length is not known. */
  readonly costListItems: number;
}

export interface DocumentRulesOptions {
  readonly schema: GraphQLSchema;
  readonly limits: GraphqlLimits;
  readonly listOf: MeasuredSchema['listOf'];
  /** Whether clients may read the schema and errors may suggest names. */
  readonly introspection: boolean;
}

const VALIDATION_ERRORS_MAX = 20;
/** The most verdicts that are cached for one document. */
const VERDICTS_MAX = 100;

/** The cached results of one document. */
interface CheckedDocument {
  /** The variables whose sizes a verdict depends on. */
  readonly variables: readonly string[];
  /** The known numbers of items that a verdict depends on. */
  readonly known: readonly KnownItems[];
  /** The key is the sizes of these variables, then these numbers. */
  readonly verdicts: Map<string, readonly GraphQLError[]>;
  /** Undefined until the document passes the limits for the first time. */
  validated: readonly GraphQLError[] | undefined;
}

/** Checks documents before they run on this schema. */
export class DocumentRules {
  readonly #options: DocumentRulesOptions;
  readonly #measured: MeasuredSchema;
  readonly #documents = new WeakMap<DocumentNode, CheckedDocument>();

  constructor(options: DocumentRulesOptions) {
    const { schema, listOf, limits } = options;
    this.#options = options;
    this.#measured = { schema, listOf, listItems: limits.costListItems };
  }

  check(
    document: DocumentNode,
    variables: Readonly<Record<string, unknown>>,
  ): readonly GraphQLError[] {
    const known = this.#documents.get(document);
    const verdict = known?.verdicts.get(sizesOf(known, variables));
    if (verdict !== undefined) {
      return verdict;
    }
    try {
      return this.#judge(document, variables);
    } catch (error) {
      if (error instanceof RangeError) {
        return [tooDeep()];
      }
      throw error;
    }
  }

  /** The limits come first. The rules of GraphQL compare pairs of fields, which takes time. */
  #judge(
    document: DocumentNode,
    variables: Readonly<Record<string, unknown>>,
  ): readonly GraphQLError[] {
    const { limits } = this.#options;
    const over = checkLimits(document, variables, { limits, measured: this.#measured });
    const known = this.#documents.get(document) ?? {
      variables: over.variables,
      known: over.known,
      verdicts: new Map<string, readonly GraphQLError[]>(),
      validated: undefined,
    };
    this.#documents.set(document, known);
    if (over.errors.length === 0) {
      known.validated ??= this.#validate(document);
    }
    const verdict = over.errors.length > 0 ? over.errors : (known.validated ?? []);
    if (known.verdicts.size >= VERDICTS_MAX) {
      known.verdicts.clear();
    }
    known.verdicts.set(sizesOf(known, variables), verdict);
    return verdict;
  }

  #validate(document: DocumentNode): readonly GraphQLError[] {
    const { schema, introspection } = this.#options;
    const rules = introspection
      ? DOCUMENT_RULES
      : [...DOCUMENT_RULES, NoSchemaIntrospectionCustomRule];
    return validate(schema, document, rules, {
      maxErrors: VALIDATION_ERRORS_MAX,
      hideSuggestions: !introspection,
    });
  }
}

function sizesOf(
  { variables: names, known }: Pick<CheckedDocument, 'variables' | 'known'>,
  variables: Readonly<Record<string, unknown>>,
): string {
  const sizes = names.map((name) =>
    Object.hasOwn(variables, name) ? sizeText(variables[name]) : 'left out',
  );
  return [...sizes, ...known.map((items) => String(items.count()))].join(', ');
}
