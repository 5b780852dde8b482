/** The address of a REST service in a schema. */
export interface RestUrl {
  /** `http://host:port`, without the port if it is the default of the scheme. */
  readonly origin: string;
  /** A name, an IPv4 address, or an IPv6 address in brackets; in lower case. */
  readonly hostname: string;
  readonly port: number;
  /** Begins with a slash; encoded. */
  readonly path: string;
  /** Without its question mark; encoded. */
  readonly query: string;
}

/** An argument in the request: one of the field itself, or of the root field above it. */
export interface RestParameter {
  readonly argument: string;
  readonly argumentOf: 'field' | 'root';
}

/** A field with `@rest`, as plain frozen data. */
export interface RestBinding {
  readonly kind: 'rest';
  readonly typeName: string;
  readonly fieldName: string;
  readonly method: 'GET' | 'POST';
  readonly url: RestUrl;
  /** Appended to the path, one segment each, in this order. */
  readonly pathParameters: readonly RestParameter[];
  readonly queryParameters: readonly RestParameter[];
  /** Sent as JSON. */
  readonly bodyParameter?: RestParameter;
  /** If true, the status 404 becomes null. */
  readonly isNullable: boolean;
}

/** Why requests to a service are not allowed, as a sentence; undefined if they are. */
export type RefuseRest = (url: RestUrl) => string | undefined;
