import type { SharedMemory } from '@quicksilver/common/cache/shared-memory';
import { AppError } from '@quicksilver/common/errors/app-error';
import { GraphQLError } from 'graphql';

import { DocumentCache } from '../document-cache.ts';
import { GRAPHQL_CODES } from '../graphql-error.ts';
import { parseDocument } from '../parse-document.ts';
import type { RequestParams } from '../request-params.ts';
import { canonicalId, documentId } from './document-id.ts';

/** The trusted documents of a gateway. */
export interface TrustedDocuments {
  /** By their ids. */
  readonly documents: ReadonlyMap<string, string>;
  /** Whether these are all that may run. */
  readonly isAll: boolean;
}

/** The trusted documents of a schema from the manager. */
export interface SchemaDocuments {
  readonly texts: readonly string[];
  /** Texts of those that also have an id of a manifest, by that id. */
  readonly ids: Readonly<Record<string, string>>;
  /** Whether only they may run. */
  readonly isAll: boolean;
}

export interface DocumentStoreOptions {
  readonly trusted: TrustedDocuments;
  /** Persisted queries, by their ids. */
  readonly persisted: DocumentCache<string>;
  readonly tokensMax: number;
  /** The cache of persisted queries that replicas share. Undefined if there is none. */
  readonly shared: SharedMemory | undefined;
}

const ID_FORM = /^[0-9a-f]{64}$/;
/** How long the shared cache stores a document. */
const SHARED_MS = 86_400_000;

/**
 * The documents that clients may name by id instead of sending them. They are trusted documents,
 * and documents that a client has sent together with their id (Apollo's automatic persisted
 * queries). Without `isAll`, ids only save bytes. With it, only trusted documents run.
 */
export class DocumentStore {
  readonly #options: DocumentStoreOptions;

  constructor(options: DocumentStoreOptions) {
    this.#options = options;
  }

  /** Adds the text of the document that the request names. Throws `AppError` or `GraphQLError`. */
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
      // The check of every request rejects a query that is not a string.
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
    if (this.#options.trusted.documents.get(id) === text) {
      // A manifest may have any ids.
      return text;
    }
    if (documentId(text) !== id) {
      throw new GraphQLError(
        'The id in the request is not the SHA-256 of the query. Send the hash of this text as 64 hexadecimal digits.',
        { extensions: { code: GRAPHQL_CODES.otherDocument, http: { status: 400 } } },
      );
    }
    const { trusted, persisted, tokensMax, shared } = this.#options;
    if (trusted.isAll) {
      this.#requireTrusted(id);
    }
    if (!trusted.documents.has(id)) {
      // Throws if the document cannot run.
      parseDocument(text, tokensMax);
      persisted.set(id, text);
      // Documents of this replica too: clients send the text because another replica lacks it.
      void shared?.put(id, text, SHARED_MS);
    }
    return text;
  }

  #requireTrusted(id: string): void {
    if (!this.#options.trusted.documents.has(id)) {
      throw new GraphQLError(
        'This gateway runs only trusted documents. Send the id of one of them as documentId.',
        { extensions: { code: GRAPHQL_CODES.untrusted, http: { status: 403 } } },
      );
    }
  }
}

/**
 * From `documentId`, or from the extension of Apollo's clients. Throws `AppError` if it is
 * malformed.
 */
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
      'Expected the id of a document to be its SHA-256 as a string of 64 hexadecimal digits.',
    );
  }
  return canonicalId(id);
}

/** Adds documents of the manager to those of files. */
export function mergeTrusted(
  first: TrustedDocuments,
  { texts, ids, isAll }: SchemaDocuments,
): TrustedDocuments {
  const documents = new Map(first.documents);
  for (const text of texts) {
    documents.set(documentId(text), text);
  }
  for (const [id, text] of Object.entries(ids)) {
    documents.set(canonicalId(id), text);
  }
  return { documents, isAll: first.isAll || isAll };
}

/** A cache of documents with a limit of characters in total. */
export function createPersistedQueries(charsMax: number): DocumentCache<string> {
  return new DocumentCache(charsMax, (_id, text) => text.length);
}

export interface DocumentStoresOptions
  extends TrustedDocuments, Pick<DocumentStoreOptions, 'tokensMax' | 'shared'> {
  /** Characters of all persisted queries. */
  readonly persistedCharsMax: number;
}

/** The store of each schema. All of them have the same persisted queries. */
export function documentStores(
  options: DocumentStoresOptions,
): (documents: SchemaDocuments) => DocumentStore {
  const { tokensMax, shared } = options;
  const persisted = createPersistedQueries(options.persistedCharsMax);
  return (documents) =>
    new DocumentStore({
      trusted: mergeTrusted(options, documents),
      persisted,
      tokensMax,
      shared,
    });
}
