import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Log } from '@quicksilver/common/lifecycle/log';
import {
  getOperationAST,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { createYoga, isAsyncIterable, type Plugin, type YogaServerInstance } from 'graphql-yoga';

import type { GatewayContext } from '../resolve/gateway-context.ts';
import { depthRule } from './depth-rule.ts';
import { DocumentCache } from './document-cache.ts';
import { GRAPHQL_CODES, toGraphqlError } from './graphql-error.ts';
import { parseDocument } from './parse-document.ts';
import { readGetParams, readPostParams } from './request-params.ts';
import { withTold } from './told-extensions.ts';

/** What a transport knows of an operation before it is read. */
export interface OperationSource {
  /** The body of a POST. */
  readonly body?: Buffer;
  readonly newContext: () => GatewayContext;
}

interface ServerContext {
  readonly source: OperationSource;
}

export interface GraphqlLimits {
  readonly tokensMax: number;
  readonly depthMax: number;
}

export interface GraphqlServerOptions {
  readonly schema: GraphQLSchema;
  readonly log: Log;
  readonly limits: GraphqlLimits;
  /** Whether a client may ask for the schema, and is told what a mistyped name may have meant. */
  readonly tellsSchema: boolean;
}

/** An operation that is ready to run, or why it cannot be. */
export type PreparedOperation =
  | { readonly ok: true; readonly args: ExecutionArgs; readonly run: RunOperation }
  | { readonly ok: false; readonly errors: readonly GraphQLError[] };

export type RunOperation = (
  args: ExecutionArgs,
) => Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;

/** Characters of documents and their errors that are remembered. */
const CACHE_CHARS_MAX = 2_000_000;
const VALIDATION_ERRORS_MAX = 20;
/**
 * A client that accepts application/json and nothing newer gets errors of its document with 200, as
 * GraphQL over HTTP asks. What is over a limit or no GraphQL request at all is 400 for everyone.
 */
const ALWAYS_400: ReadonlySet<unknown> = new Set([
  GRAPHQL_CODES.depth,
  GRAPHQL_CODES.tokens,
  'BAD_REQUEST',
]);

/**
 * What a client asked for that cannot be had, although only a field could tell: the request is refused as
 * a whole like one that validation refuses, and no part of its data is sent.
 */
const REFUSALS: ReadonlySet<unknown> = new Set(['TOO_MANY_KEYS', 'BAD_PAGE', 'BAD_CURSOR']);

/** GraphQL over HTTP and SSE, and the same pipeline for other transports. */
export class GraphqlServer {
  readonly #yoga: YogaServerInstance<ServerContext, GatewayContext>;
  readonly #options: GraphqlServerOptions;

  constructor(options: GraphqlServerOptions) {
    this.#options = options;
    this.#yoga = createYoga<ServerContext, GatewayContext>({
      schema: options.schema,
      graphqlEndpoint: '/graphql',
      context: ({ source }) => source.newContext(),
      plugins: [ourRules(options), readingParams(), keepingStatus(), tellingExtensions()],
      maskedErrors: {
        errorMessage: 'An unexpected error occurred.',
        maskError: (error) => toGraphqlError(error, options.log),
      },
      parserAndValidationCache: {
        documentCache: new DocumentCache<DocumentNode>(CACHE_CHARS_MAX),
        errorCache: new DocumentCache<Error>(CACHE_CHARS_MAX),
        validationCache: true,
      },
      // The HTTP server bounds bodies, reads them and refuses every type but JSON.
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
    source: OperationSource,
  ): Promise<Response> {
    return this.#yoga.handleNodeRequestAndResponse(request, response, { source });
  }

  /** Parses and validates an operation that came another way than HTTP. */
  async prepare(
    params: { query: string; operationName?: string; variables?: Record<string, unknown> },
    source: OperationSource,
  ): Promise<PreparedOperation> {
    const enveloped = this.#yoga.getEnveloped({ source, params });
    try {
      const document = enveloped.parse(params.query) as DocumentNode;
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
      return { ok: true, args, run: runOf(enveloped) };
    } catch (error) {
      return { ok: false, errors: [toGraphqlError(error, this.#options.log)] };
    }
  }
}

type Enveloped = ReturnType<YogaServerInstance<ServerContext, GatewayContext>['getEnveloped']>;

function runOf(enveloped: Enveloped): RunOperation {
  return async (args) => {
    const operation = getOperationAST(args.document, args.operationName)?.operation;
    return operation === OperationTypeNode.SUBSCRIPTION
      ? enveloped.subscribe(args)
      : enveloped.execute(args);
  };
}

function ourRules(options: GraphqlServerOptions): Plugin<object, ServerContext> {
  const { limits, tellsSchema } = options;
  const depth = depthRule(limits.depthMax);
  return {
    onParse({ setParseFn }) {
      setParseFn((source) => parseDocument(source, limits.tokensMax));
    },
    onValidate({ addValidationRule, setValidationFn }) {
      addValidationRule(depth);
      if (!tellsSchema) {
        addValidationRule(NoSchemaIntrospectionCustomRule);
      }
      setValidationFn((schema, document, rules) =>
        validate(schema, document, rules, {
          maxErrors: VALIDATION_ERRORS_MAX,
          hideSuggestions: !tellsSchema,
        }),
      );
    },
  };
}

/** Variables keep their digits, which yoga's own reading of a request would round. */
function readingParams(): Plugin<object, ServerContext> {
  return {
    onRequestParse({ request, serverContext, setRequestParser }) {
      if (request.method === 'POST') {
        setRequestParser(() => readPostParams(serverContext.source.body));
      } else if (request.method === 'GET') {
        setRequestParser(() => readGetParams(request.url));
      }
    },
  };
}

function keepingStatus(): Plugin<object, ServerContext> {
  return {
    onResultProcess(given) {
      const { result } = given;
      if ('errors' in result) {
        const refusal = result.errors?.find(({ extensions }) => REFUSALS.has(extensions?.['code']));
        if (refusal !== undefined) {
          given.setResult({ errors: [refusedAsAWhole(refusal)] });
          return;
        }
        for (const error of result.errors ?? []) {
          const http = error.extensions?.['http'];
          if (ALWAYS_400.has(error.extensions?.['code']) && typeof http === 'object') {
            Object.assign(error.extensions, { http: { status: 400, ...http, spec: false } });
          }
        }
      }
    },
  };
}

function refusedAsAWhole({ message, nodes, extensions }: GraphQLError): GraphQLError {
  const http = { status: 400, spec: false };
  return new GraphQLError(message, { nodes: nodes ?? null, extensions: { ...extensions, http } });
}

function tellingExtensions(): Plugin<GatewayContext> {
  return {
    onExecute: ({ args }) => ({
      onExecuteDone({ result, setResult }) {
        if (!isAsyncIterable(result)) {
          setResult(withTold(result, args.contextValue));
        }
      },
    }),
    onSubscribe: ({ args }) => ({
      onSubscribeResult: () => ({
        onNext({ result, setResult }) {
          if (!isAsyncIterable(result)) {
            setResult(withTold(result, args.contextValue));
          }
        },
      }),
    }),
  };
}
