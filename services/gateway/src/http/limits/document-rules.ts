import {
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';

import { tooDeep } from '../parse-document.ts';
import { checkLimits, type OperationLimits } from './check-limits.ts';
import type { MeasuredSchema } from './measure-operation.ts';

export interface GraphqlLimits extends OperationLimits {
  readonly tokensMax: number;
  /** Items that a list counts for where no argument says how many it has. */
  readonly costListItems: number;
}

export interface DocumentRulesOptions {
  readonly schema: GraphQLSchema;
  readonly limits: GraphqlLimits;
  readonly keysArgument: MeasuredSchema['keysArgument'];
  /** Whether a client may ask for the schema, and is told what a mistyped name may have meant. */
  readonly tellsSchema: boolean;
}

const VALIDATION_ERRORS_MAX = 20;

/** What a document has to keep to before it runs on this schema. */
export class DocumentRules {
  readonly #options: DocumentRulesOptions;
  readonly #measured: MeasuredSchema;
  /** The verdicts that no variable changes. */
  readonly #validated = new WeakMap<DocumentNode, readonly GraphQLError[]>();

  constructor(options: DocumentRulesOptions) {
    const { schema, keysArgument, limits } = options;
    this.#options = options;
    this.#measured = { schema, keysArgument, listItems: limits.costListItems };
  }

  /** The limits come first: the rules of GraphQL compare fields with each other, which takes time. */
  check(
    document: DocumentNode,
    variables: Readonly<Record<string, unknown>>,
  ): readonly GraphQLError[] {
    const { limits } = this.#options;
    try {
      const over = checkLimits(document, variables, { limits, measured: this.#measured });
      return over.length > 0 ? over : this.#validate(document);
    } catch (error) {
      if (error instanceof RangeError) {
        return [tooDeep()];
      }
      throw error;
    }
  }

  #validate(document: DocumentNode): readonly GraphQLError[] {
    const known = this.#validated.get(document);
    if (known !== undefined) {
      return known;
    }
    const { schema, tellsSchema } = this.#options;
    const rules = tellsSchema
      ? specifiedRules
      : [...specifiedRules, NoSchemaIntrospectionCustomRule];
    const errors = validate(schema, document, rules, {
      maxErrors: VALIDATION_ERRORS_MAX,
      hideSuggestions: !tellsSchema,
    });
    this.#validated.set(document, errors);
    return errors;
  }
}
