/** What is asked of a REST service. Calls that are equal in all members are the same call. */
export interface RestCall {
  readonly method: 'GET' | 'POST';
  /** Of a service that the schema names: nothing of it comes from a client. */
  readonly origin: string;
  /** With its query; encoded. */
  readonly path: string;
  /** JSON, or nothing. */
  readonly body?: string;
  /** Whether what is not there (404) is null. */
  readonly isNullable: boolean;
}

export interface RestCallOptions {
  /** Of the client's request, those that are handed on. */
  readonly headers: ForwardedHeaders;
  readonly timeoutMs: number;
  /** Gives the call up; not there where it has an effect that nobody may give up. */
  readonly signal?: AbortSignal;
}

export type ForwardedHeaders = Readonly<Record<string, string>>;

export interface RestCaller {
  /** The service's JSON object, or null. Throws `AppError`. Nothing is asked twice. */
  call(call: RestCall, options: RestCallOptions): Promise<unknown>;
}
