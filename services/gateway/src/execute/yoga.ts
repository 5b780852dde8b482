import type { IncomingMessage, ServerResponse } from 'node:http';

import { CATALOG } from '@quicksilver/common/errors/catalog';
import type { Log } from '@quicksilver/common/lifecycle/log';
import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import {
  createYoga,
  isAsyncIterable,
  type Plugin,
  type YogaInitialContext,
  type YogaServerInstance,
} from 'graphql-yoga';

import type { OperationPlans } from '../plan/operation-plans.ts';
import type { GatewayContext } from '../resolve/gateway-context.ts';
import { CountedErrors, countTokens, LIMIT_NAMES } from './counted-errors.ts';
import { DocumentCache } from './document-cache.ts';
import type { DocumentStore } from './documents/document-store.ts';
import { toGraphqlError } from './graphql-error.ts';
import {
  dataResponse,
  isWellFormed,
  jsonResponse,
  withStatus,
  type JsonResponse,
  type JsonType,
} from './json-result.ts';
import { DocumentRules, type GraphqlLimits } from './limits/document-rules.ts';
import type { MeasuredSchema } from './limits/measure-operation.ts';
import { parseDocument } from './parse-document.ts';
import { withPlainVariables } from './plain-variables.ts';
import { refusedRequest } from './refused-request.ts';
import type { CheckedParams, RequestParams } from './request-params.ts';
import { addResultExtensions } from './result-extensions.ts';

/** What a transport provides for an operation. */
export interface OperationSource {
  /** Takes the member `extensions` of the request. */
  readonly newContext: (extensions: unknown) => GatewayContext;
}

export interface HttpOperationSource extends OperationSource {
  /** Reads the members of the request. Throws `AppError`. */
  readonly readParams: () => RequestParams;
}

interface ServerContext {
  readonly source: OperationSource & Partial<HttpOperationSource>;
}

export interface GraphqlServerOptions {
  readonly schema: GraphQLSchema;
  readonly plans: Pick<OperationPlans, 'run'>;
  readonly log: Log;
  readonly limits: GraphqlLimits;
  readonly documents: DocumentStore;
  readonly listOf: MeasuredSchema['listOf'];
  /** Called when an operation begins to run. Returns what to call at its end. */
  readonly onRun: () => () => void;
  /** Called for each limit that a document exceeds, with the name of the limit. */
  readonly onRefused: (limit: string) => void;
  /** Whether clients may read the schema and errors may suggest names. */
  readonly introspection: boolean;
}

/** An operation that is ready to run, or the errors that prevent it. */
export type PreparedOperation =
  | { readonly ok: true; readonly args: ExecutionArgs; readonly run: RunOperation }
  | { readonly ok: false; readonly errors: readonly GraphQLError[] };

export type RunOperation = (
  args: ExecutionArgs,
) => Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;

/** The methods of HTTP that may run an operation with one result. */
const METHODS_OF: Readonly<Record<OperationTypeNode, readonly string[]>> = {
  query: ['GET', 'POST'],
  mutation: ['POST'],
  subscription: [],
};
/** Characters of an operation's name in an error. */
const NAME_CHARS_MAX = 60;
/** Characters of documents that each cache stores. */
const CACHE_CHARS_MAX = 2_000_000;
/**
 * Runs operations. HTTP requests get a response, with server-sent events if the client accepts
 * them. Other transports prepare an operation and run it.
 */
export class GraphqlServer {
  readonly #yoga: YogaServerInstance<ServerContext, GatewayContext>;
  readonly #options: GraphqlServerOptions;

  constructor(options: GraphqlServerOptions) {
    this.#options = options;
    this.#yoga = createYoga<ServerContext, GatewayContext>({
      schema: options.schema,
      graphqlEndpoint: '/graphql',
      context: ({ source, params }) => source.newContext(params.extensions),
      plugins: [
        rulesPlugin(options),
        paramsPlugin(options.documents),
        acceptPlugin(),
        statusPlugin(),
        extensionsPlugin(),
        runPlugin(options.onRun),
      ],
      maskedErrors: {
        errorMessage: 'An unexpected error occurred.',
        maskError: (error) => toGraphqlError(error, options.log),
      },
      parserAndValidationCache: {
        documentCache: new DocumentCache<DocumentNode>(CACHE_CHARS_MAX),
        errorCache: new CountedErrors(CACHE_CHARS_MAX, options.onRefused),
        // `DocumentRules` caches results, and includes variables.
        validationCache: false,
      },
      // The HTTP server reads bodies, limits their size and rejects every type but JSON.
      maxRequestBodySize: false,
      multipart: false,
      batching: false,
      cors: false,
      graphiql: false,
      landingPage: false,
      logging: false,
    });
  }

  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    source: HttpOperationSource,
  ): Promise<Response> {
    return this.#yoga.handleNodeRequestAndResponse(request, response, { source });
  }

  /**
   * Runs a query or a mutation whose result is sent as one JSON document, as most are. It bypasses
   * the emulation of the Fetch API, which takes a third of the time of a short query. Undefined if
   * nothing ran, because `handle` has to respond: to malformed requests, to subscriptions, and to
   * mutations in a GET.
   */
  async respond(
    method: string,
    type: JsonType,
    source: HttpOperationSource,
  ): Promise<JsonResponse | undefined> {
    const { documents } = this.#options;
    let params: RequestParams;
    try {
      params = await documents.complete(source.readParams());
    } catch {
      return undefined;
    }
    if (!isWellFormed(params)) {
      return undefined;
    }
    const prepared = await this.#prepare(params, source);
    if (!prepared.ok) {
      return jsonResponse(prepared, type);
    }
    const operation = operationOf(prepared.args);
    if (operation === undefined || !METHODS_OF[operation].includes(method)) {
      return undefined;
    }
    return (await this.#runPlan(prepared.args, type)) ?? (await runGenerally(prepared, type));
  }

  /** Undefined if the operation has to run in the general way. */
  async #runPlan(args: ExecutionArgs, type: JsonType): Promise<JsonResponse | undefined> {
    const { plans, onRun, log } = this.#options;
    const onEnd = onRun();
    try {
      const data = await plans.run(args);
      const { extensions } = addResultExtensions({}, args.contextValue as GatewayContext);
      return data === undefined ? undefined : dataResponse(data, extensions, type);
    } catch (error) {
      return jsonResponse({ errors: [toGraphqlError(error, log)] }, type);
    } finally {
      onEnd();
    }
  }

  /** Parses and validates an operation of a transport other than HTTP. */
  async prepare(request: CheckedParams, source: OperationSource): Promise<PreparedOperation> {
    try {
      const params = await this.#options.documents.complete(request);
      return await this.#prepare(params, source);
    } catch (error) {
      return { ok: false, errors: [toGraphqlError(error, this.#options.log)] };
    }
  }

  async #prepare(request: CheckedParams, source: OperationSource): Promise<PreparedOperation> {
    try {
      const params = withPlainVariables(request);
      const enveloped = this.#yoga.getEnveloped({ source, params });
      const document = enveloped.parse(params.query ?? '') as DocumentNode;
      const errors = enveloped.validate(enveloped.schema, document) as readonly GraphQLError[];
      if (errors.length > 0) {
        return { ok: false, errors };
      }
      const args: ExecutionArgs = {
        schema: enveloped.schema,
        document,
        operationName: params.operationName ?? null,
        variableValues: params.variables ?? null,
        contextValue: await enveloped.contextFactory(),
      };
      return { ok: true, args, run: runOf(enveloped, this.#options.log) };
    } catch (error) {
      return { ok: false, errors: [toGraphqlError(error, this.#options.log)] };
    }
  }
}

async function runGenerally(
  { args, run }: Extract<PreparedOperation, { ok: true }>,
  type: JsonType,
): Promise<JsonResponse | undefined> {
  const result = await run(args);
  return isAsyncIterable(result) ? undefined : jsonResponse(result, type);
}

/** Nothing has checked the type of the name. */
function noOperation(name: unknown): GraphQLError {
  return new GraphQLError(
    name
      ? `Unknown operation named "${String(name).slice(0, NAME_CHARS_MAX).toWellFormed()}".`
      : 'Must provide operation name if query contains multiple operations.',
    { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
  );
}

type Enveloped = ReturnType<YogaServerInstance<ServerContext, GatewayContext>['getEnveloped']>;

/** An operation that ends as a whole has one error, as over HTTP. */
function runOf(enveloped: Enveloped, log: Log): RunOperation {
  return async (args) => {
    try {
      return await (operationOf(args) === OperationTypeNode.SUBSCRIPTION
        ? enveloped.subscribe(args)
        : enveloped.execute(args));
    } catch (error) {
      return { errors: [toGraphqlError(error, log)] };
    }
  };
}

function operationOf({ document, operationName }: ExecutionArgs): OperationTypeNode | undefined {
  return getOperationAST(document, operationName)?.operation;
}

function rulesPlugin(options: GraphqlServerOptions): Plugin<object, ServerContext> {
  const { schema, limits, introspection, listOf, onRefused } = options;
  const rules = new DocumentRules({ schema, limits, introspection, listOf });
  return {
    onParse({ setParseFn }) {
      setParseFn((source) => {
        try {
          return parseDocument(source, limits.tokensMax);
        } catch (error) {
          countTokens(error, onRefused);
          throw error;
        }
      });
      return ({ result, context }) => {
        const { operationName } = context.params;
        if (!(result instanceof Error) && !getOperationAST(result, operationName)) {
          throw noOperation(operationName);
        }
      };
    },
    onValidate({ context, setValidationFn }) {
      const { variables } = context.params;
      setValidationFn((_schema, document) => {
        const errors = rules.check(document, variables ?? {});
        for (const { extensions } of errors) {
          const limit = LIMIT_NAMES.get(extensions['code']);
          if (limit !== undefined) {
            onRefused(limit);
          }
        }
        return errors;
      });
    },
  };
}

/** Variables keep their digits. Yoga's own parser would round them. */
function paramsPlugin(documents: DocumentStore): Plugin<object, ServerContext> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      const { readParams } = serverContext.source;
      if (readParams !== undefined) {
        setRequestParser(async () => withPlainVariables(await documents.complete(readParams())));
      }
    },
  };
}

/**
 * Rejects a subscription whose events the client does not accept. Yoga would notice only at the
 * first event.
 */
function acceptPlugin(): Plugin<YogaInitialContext> {
  return {
    onSubscribe({ args, setResultAndStopExecution }) {
      // Only operations over HTTP have a request.
      const { request } = args.contextValue as Partial<YogaInitialContext>;
      const accept = request?.headers.get('accept') ?? '*/*';
      if (!/\*\/\*|text\/(?:\*|event-stream)/i.test(accept)) {
        const { status, retry } = CATALOG.NOT_ACCEPTABLE;
        const message = `Subscriptions are sent as text/event-stream, but the request accepts ${accept.slice(0, 200)}. Add text/event-stream to the header accept.`;
        const extensions = { code: 'NOT_ACCEPTABLE', retry, http: { status, spec: false } };
        setResultAndStopExecution({ errors: [new GraphQLError(message, { extensions })] });
      }
    },
  };
}

function statusPlugin(): Plugin<object, ServerContext> {
  return {
    onResultProcess({ result }) {
      if ('errors' in result) {
        withStatus(result);
      }
    },
  };
}

/** Does not count subscriptions, which run without end. */
function runPlugin(onRun: () => () => void): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(async (args: ExecutionArgs): Promise<unknown> => {
        const onEnd = onRun();
        try {
          return await (executeFn(args) as Promise<unknown>);
        } finally {
          onEnd();
        }
      });
    },
  };
}

function extensionsPlugin(): Plugin<GatewayContext> {
  return {
    onExecute({ args }) {
      const { operation } = args.contextValue as GatewayContext;
      // A mutation runs to its end, so that no write is left out because of another.
      if (
        getOperationAST(args.document, args.operationName)?.operation === OperationTypeNode.QUERY
      ) {
        Object.assign(args, { signal: operation.signal });
      }
      return {
        onExecuteDone({ result, setResult }) {
          if (!isAsyncIterable(result)) {
            // A client must learn the result of every write, so an operation that wrote is not
            // rejected.
            const refused = operation.written === undefined ? refusedRequest(result) : undefined;
            setResult(refused ?? addResultExtensions(result, args.contextValue));
          }
        },
      };
    },
    onSubscribe: ({ args }) => ({
      onSubscribeResult: () => ({
        onNext({ result, setResult }) {
          if (!isAsyncIterable(result)) {
            setResult(addResultExtensions(result, args.contextValue));
          }
        },
      }),
    }),
  };
}
