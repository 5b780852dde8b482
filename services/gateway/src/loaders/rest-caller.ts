/** A call of a REST service. Calls with equal members are the same call. */
export interface RestCall {
  readonly method: 'GET' | 'POST';
  /** From the schema. Clients have no influence on it. */
  readonly origin: string;
  /** Encoded, with the query. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  /** Whether the status 404 means null. */
  readonly isNullable: boolean;
}

export interface RestCallOptions {
  /** The forwarded headers of the client's request. */
  readonly headers: ForwardedHeaders;
  readonly timeoutMs: number;
  /** Cancels the call. Absent if the call may change data. */
  readonly signal?: AbortSignal;
}

export type ForwardedHeaders = Readonly<Record<string, string>>;

export interface RestCaller {
  /** Returns the JSON object of the service, or null. Throws `AppError`. Never retries. */
  call(call: RestCall, options: RestCallOptions): Promise<unknown>;
}
