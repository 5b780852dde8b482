/** A request that another replica must answer. */
export interface ForwardRequest {
  readonly topic: string;
  readonly partition: number;
  readonly method: 'GET' | 'POST';
  /** With the query, as it goes over the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ForwardAnswer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * Asks an owner of the partition, the next one where the first cannot answer. Resolves to an answer
 * with status 200; throws `AppError` with the owner's own error, or MIRROR_UNAVAILABLE.
 */
export type Forward = (request: ForwardRequest) => Promise<ForwardAnswer>;
