import type { SharedMemory } from '@quicksilver/common/cache/shared-memory';
import { AppError } from '@quicksilver/common/errors/app-error';
import { GraphQLError } from 'graphql';

import { DocumentCache } from '../document-cache.ts';
import { GRAPHQL_CODES } from '../graphql-error.ts';
import { parseDocument } from '../parse-document.ts';
import type { RequestParams } from '../request-params.ts';
import { documentId } from './document-id.ts';

export interface KnownDocumentsOptions {
  /** Documents that were handed to the gateway, by their ids. */
  readonly trusted: ReadonlyMap<string, string>;
  /** Whether these are all that may run. */
  readonly isTrustedOnly: boolean;
  /** Characters of other documents that are remembered. */
  readonly charsMax: number;
  readonly tokensMax: number;
  /** Where replicas tell each other of documents; undefined where each remembers for itself. */
  readonly shared: SharedMemory | undefined;
}

const ID_FORM = /^[0-9a-f]{64}$/;
/** How long replicas hear of a document that one of them learnt. */
const SHARED_MS = 86_400_000;

/**
 * Documents that a client may name instead of sending them: trusted ones, which the gateway was
 * given, and those that a client sent along with their id before (Apollo's automatic persisted
 * queries). Without `isTrustedOnly` a name only saves bytes; with it, nothing else runs.
 */
export class KnownDocuments {
  readonly #options: KnownDocumentsOptions;
  readonly #learnt: DocumentCache<string>;

  constructor(options: KnownDocumentsOptions) {
    this.#options = options;
    this.#learnt = new DocumentCache(options.charsMax, (_id, text) => text.length);
  }

  /** The request with the text of the document that it names. Throws `AppError` or `GraphQLError`. */
  async complete(params: RequestParams): Promise<RequestParams> {
    const { documentId: named, ...request } = params;
    const { query } = request;
    const id = idOf(named, request['extensions']);
    const text = typeof query === 'string' && query !== '' ? query : undefined;
    if (id === undefined) {
      if (text !== undefined && this.#options.isTrustedOnly) {
        this.#requireTrusted(documentId(text));
      }
      return request;
    }
    if (text === undefined && query !== undefined && query !== null && query !== '') {
      // A query that is no text is refused where every request is checked.
      return request;
    }
    return { ...request, query: text === undefined ? await this.#find(id) : this.#learn(id, text) };
  }

  async #find(id: string): Promise<string> {
    const { trusted, isTrustedOnly, shared } = this.#options;
    const known = trusted.get(id) ?? (isTrustedOnly ? undefined : this.#learnt.get(id));
    if (known !== undefined) {
      return known;
    }
    if (!isTrustedOnly && shared !== undefined && ID_FORM.test(id)) {
      const text = await shared.get(id);
      if (text !== undefined && documentId(text) === id) {
        this.#learnt.set(id, text);
        return text;
      }
    }
    throw new GraphQLError('PersistedQueryNotFound', {
      extensions: { code: GRAPHQL_CODES.unknownDocument, http: { status: 404, spec: true } },
    });
  }

  #learn(id: string, text: string): string {
    if (documentId(text) !== id) {
      throw new GraphQLError(
        'The id that came with the query is not the SHA-256 of its text, in hexadecimal digits.',
        { extensions: { code: GRAPHQL_CODES.otherDocument, http: { status: 400 } } },
      );
    }
    const { trusted, isTrustedOnly, tokensMax, shared } = this.#options;
    if (isTrustedOnly) {
      this.#requireTrusted(id);
    }
    if (!trusted.has(id)) {
      // What cannot run is not worth remembering.
      parseDocument(text, tokensMax);
      this.#learnt.set(id, text);
      // Also what is known here: clients send the text because some replica does not know it.
      void shared?.put(id, text, SHARED_MS);
    }
    return text;
  }

  #requireTrusted(id: string): void {
    if (!this.#options.trusted.has(id)) {
      throw new GraphQLError(
        'This gateway runs only the documents that it was given. Send the id of one of them as documentId.',
        { extensions: { code: GRAPHQL_CODES.untrusted, http: { status: 403 } } },
      );
    }
  }
}

/** By `documentId`, or as Apollo's clients say it. Throws `AppError` where it cannot be read. */
function idOf(named: unknown, extensions: unknown): string | undefined {
  const persisted = (extensions as { persistedQuery?: unknown } | null | undefined)?.persistedQuery;
  const hash = (persisted as { sha256Hash?: unknown } | null | undefined)?.sha256Hash;
  const id = named ?? hash;
  if (id === undefined || id === null) {
    return undefined;
  }
  if (typeof id !== 'string' || id === '') {
    throw new AppError(
      'BAD_REQUEST',
      'The id of a document is expected to be its SHA-256 as a text of hexadecimal digits.',
    );
  }
  return id.replace(/^sha256:/, '').toLowerCase();
}
