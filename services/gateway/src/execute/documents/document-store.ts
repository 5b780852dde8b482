import type { SharedMemory } from '@quicksilver/common/cache/shared-memory';
import { AppError } from '@quicksilver/common/errors/app-error';
import { GraphQLError } from 'graphql';

import { DocumentCache } from '../document-cache.ts';
import { GRAPHQL_CODES } from '../graphql-error.ts';
import { parseDocument } from '../parse-document.ts';
import type { RequestParams } from '../request-params.ts';
import { documentId } from './document-id.ts';

/** Documents that were handed to a gateway. */
export interface TrustedDocuments {
  /** By their ids. */
  readonly documents: ReadonlyMap<string, string>;
  /** Whether these are all that may run. */
  readonly isAll: boolean;
}

export interface DocumentStoreOptions {
  readonly trusted: TrustedDocuments;
  /** Other documents that are remembered, by their ids. */
  readonly persisted: DocumentCache<string>;
  readonly tokensMax: number;
  /** Where replicas tell each other of documents; undefined where each remembers for itself. */
  readonly shared: SharedMemory | undefined;
}

const ID_FORM = /^[0-9a-f]{64}$/;
/** How long replicas hear of a document that one of them persisted. */
const SHARED_MS = 86_400_000;

/**
 * Documents that a client may name instead of sending them: trusted ones, which the gateway was
 * given, and those that a client sent along with their id before (Apollo's automatic persisted
 * queries). Without `isAll` a name only saves bytes; with it, nothing else runs.
 */
export class DocumentStore {
  readonly #options: DocumentStoreOptions;

  constructor(options: DocumentStoreOptions) {
    this.#options = options;
  }

  /** The request with the text of the document that it names. Throws `AppError` or `GraphQLError`. */
  async complete(params: RequestParams): Promise<RequestParams> {
    const { documentId: idParam, ...request } = params;
    const { query } = request;
    const id = idOf(idParam, request['extensions']);
    const text = typeof query === 'string' && query !== '' ? query : undefined;
    if (id === undefined) {
      if (text !== undefined && this.#options.trusted.isAll) {
        this.#requireTrusted(documentId(text));
      }
      return request;
    }
    if (text === undefined && query !== undefined && query !== null && query !== '') {
      // A query that is no text is refused where every request is checked.
      return request;
    }
    return {
      ...request,
      query: text === undefined ? await this.#find(id) : this.#persist(id, text),
    };
  }

  async #find(id: string): Promise<string> {
    const { trusted, persisted, shared } = this.#options;
    const known = trusted.documents.get(id) ?? (trusted.isAll ? undefined : persisted.get(id));
    if (known !== undefined) {
      return known;
    }
    if (!trusted.isAll && shared !== undefined && ID_FORM.test(id)) {
      const text = await shared.get(id);
      if (text !== undefined && documentId(text) === id) {
        persisted.set(id, text);
        return text;
      }
    }
    throw new GraphQLError('PersistedQueryNotFound', {
      extensions: { code: GRAPHQL_CODES.unknownDocument, http: { status: 404, spec: true } },
    });
  }

  #persist(id: string, text: string): string {
    if (documentId(text) !== id) {
      throw new GraphQLError(
        'The id that came with the query is not the SHA-256 of its text, in hexadecimal digits.',
        { extensions: { code: GRAPHQL_CODES.otherDocument, http: { status: 400 } } },
      );
    }
    const { trusted, persisted, tokensMax, shared } = this.#options;
    if (trusted.isAll) {
      this.#requireTrusted(id);
    }
    if (!trusted.documents.has(id)) {
      // What cannot run is not worth remembering.
      parseDocument(text, tokensMax);
      persisted.set(id, text);
      // Also what is known here: clients send the text because some replica does not know it.
      void shared?.put(id, text, SHARED_MS);
    }
    return text;
  }

  #requireTrusted(id: string): void {
    if (!this.#options.trusted.documents.has(id)) {
      throw new GraphQLError(
        'This gateway runs only the documents that it was given. Send the id of one of them as documentId.',
        { extensions: { code: GRAPHQL_CODES.untrusted, http: { status: 403 } } },
      );
    }
  }
}

/** By `documentId`, or as Apollo's clients say it. Throws `AppError` where it cannot be read. */
function idOf(idParam: unknown, extensions: unknown): string | undefined {
  const persisted = (extensions as { persistedQuery?: unknown } | null | undefined)?.persistedQuery;
  const hash = (persisted as { sha256Hash?: unknown } | null | undefined)?.sha256Hash;
  const id = idParam ?? hash;
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

/** What was given by file and what the manager gives are trusted alike. */
export function mergeTrusted(
  first: TrustedDocuments,
  texts: readonly string[],
  isAll: boolean,
): TrustedDocuments {
  const documents = new Map(first.documents);
  for (const text of texts) {
    documents.set(documentId(text), text);
  }
  return { documents, isAll: first.isAll || isAll };
}

/** Remembers documents of so many characters together. */
export function createPersistedQueries(charsMax: number): DocumentCache<string> {
  return new DocumentCache(charsMax, (_id, text) => text.length);
}
