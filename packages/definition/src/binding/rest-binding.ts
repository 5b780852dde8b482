/** Where a REST service is, as the schema has it. */
export interface RestUrl {
  /** `http://host:port`, the port only where it is not that of the scheme. */
  readonly origin: string;
  /** A name, an IPv4 address, or an IPv6 address in brackets; in lower case. */
  readonly hostname: string;
  readonly port: number;
  /** Begins with a slash; encoded. */
  readonly path: string;
  /** Without its question mark; encoded. */
  readonly query: string;
}

/** An argument that becomes a part of the request: of the field itself, or of the root field above it. */
export interface RestParameter {
  readonly argument: string;
  readonly argumentOf: 'field' | 'root';
}

/** A field of the schema that a REST service answers: what its `@rest` means, as plain frozen data. */
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
  /** What is not there (404) is null then. */
  readonly isNullable: boolean;
}

/** Why a service may not be asked, as a sentence; undefined where it may. */
export type RefuseRest = (url: RestUrl) => string | undefined;
