import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Binding } from '@quicksilver/definition/binding';
import {
  getOperationAST,
  getVariableValues,
  Kind,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';

import type { CallerAccess } from '../resolve/caller-access.ts';
import type { GatewayContext } from '../resolve/gateway-context.ts';
import type { TopicOf } from '../resolve/read-resolver.ts';
import { compilePlan, type Plan, type PlannedSchema } from './compile-plan.ts';
import { PlanRun } from './plan-run.ts';
import { printRecords } from './print-column.ts';

export interface OperationPlansOptions extends PlannedSchema {
  readonly topicOf: TopicOf;
  /** Called for every list that was read, with its number of items. */
  readonly onList?: (binding: Binding, items: number) => void;
  readonly log: Log;
}

/** An operation of a document, with a plan for each combination of its conditions. */
interface PlannedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Variables of `@skip` and `@include`. */
  readonly conditions: readonly string[];
  /** Null if a plan cannot express the operation. */
  readonly plans: Map<string, Plan | null>;
}

/** Combinations of conditions of one operation whose plans are cached. */
const PLANS_MAX = 16;

/**
 * Runs queries by plans. A plan prints the response without a promise, a resolver call or an object
 * per value. It knows nothing of errors: at the first one it gives up, and the operation runs in
 * the general way with what was read. So there is one implementation of null propagation.
 */
export class OperationPlans {
  readonly #options: OperationPlansOptions;
  readonly #operations = new WeakMap<DocumentNode, Map<string, PlannedOperation | null>>();

  constructor(options: OperationPlansOptions) {
    this.#options = options;
  }

  /**
   * The JSON of the member `data` of a query that passed validation. Undefined if the operation has
   * to run in the general way. Throws the reason if the operation has ended.
   */
  async run(args: ExecutionArgs): Promise<string | undefined> {
    const { schema, topicOf, onList, log } = this.#options;
    const planned = this.#operationOf(args);
    if (planned === null) {
      return undefined;
    }
    const inputs = args.variableValues ?? {};
    const definitions = planned.operation.variableDefinitions ?? [];
    const { coerced: variables } = getVariableValues(schema, definitions, inputs);
    const plan = variables && this.#planOf(planned, variables);
    if (!plan || variables === undefined) {
      return undefined;
    }
    const context = args.contextValue as GatewayContext;
    const { operation } = context;
    if (isDenied(plan, context.access)) {
      return undefined;
    }
    const run = new PlanRun({ context, variables, topicOf });
    try {
      const [data] = await printRecords(plan.selection, [undefined], run);
      operation.signal.throwIfAborted();
      run.lists.forEach(([binding, items]) => onList?.(binding, items));
      return data;
    } catch (error) {
      operation.signal.throwIfAborted();
      log.debug({ err: error }, 'an operation runs without its plan');
      operation.beginAgain();
      return undefined;
    }
  }

  #operationOf({ document, operationName }: ExecutionArgs): PlannedOperation | null {
    const operations = this.#operations.get(document) ?? new Map<string, PlannedOperation | null>();
    this.#operations.set(document, operations);
    const name = operationName ?? '';
    const known = operations.get(name);
    if (known !== undefined) {
      return known;
    }
    const operation = getOperationAST(document, operationName);
    // Other names are rejected before, so the map has an entry per operation.
    if (operation?.operation !== OperationTypeNode.QUERY) {
      return null;
    }
    const planned = {
      operation,
      fragments: fragmentsOf(document),
      conditions: conditionsOf(document),
      plans: new Map<string, Plan | null>(),
    };
    operations.set(name, planned);
    return planned;
  }

  #planOf(
    { operation, fragments, conditions, plans }: PlannedOperation,
    variables: Readonly<Record<string, unknown>>,
  ): Plan | null {
    const key = conditions.map((name) => String(variables[name])).join();
    const known = plans.get(key);
    if (known !== undefined) {
      return known;
    }
    const { schema } = this.#options;
    const plan = compilePlan(this.#options, operation, { schema, fragments, variables }) ?? null;
    if (plans.size >= PLANS_MAX) {
      plans.clear();
    }
    plans.set(key, plan);
    return plan;
  }
}

function isDenied({ coordinates }: Plan, { denied }: CallerAccess): boolean {
  return denied.size > 0 && [...coordinates].some((each) => denied.has(each));
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [],
    ),
  );
}

function conditionsOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      for (const { value } of directive.arguments ?? []) {
        if (value.kind === Kind.VARIABLE) {
          names.add(value.name.value);
        }
      }
    },
  });
  return [...names];
}
