/** The members of a GraphQL request. Nothing has checked their types yet. */
export type RequestParams = Readonly<Record<string, unknown>>;

/** The members of a request whose types the transport has checked. */
export type CheckedParams = RequestParams & {
  /** Empty or absent if the document is named by its id. */
  readonly query?: string | null | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
};
