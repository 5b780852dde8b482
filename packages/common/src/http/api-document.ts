/** The parts of an OpenAPI 3.1 document that our services use. */
export interface ApiInfo {
  readonly title: string;
  readonly description: string;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export type ApiContent = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface ApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Omit<ApiParameter, 'name' | 'in'>>>;
  readonly content?: ApiContent;
}

export interface ApiOperation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly ApiParameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<
      Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>
    >;
  };
  readonly responses: Readonly<Record<string, ApiResponse>>;
}

export interface ApiDocument {
  readonly openapi: '3.1.0';
  readonly info: ApiInfo & { readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, unknown>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** The schema of an error response. */
export interface ProblemSchema extends JsonSchema {
  readonly allOf: readonly [
    JsonSchema,
    { readonly properties: { readonly errorCode: { readonly enum: readonly string[] } } },
  ];
}

/** The error codes of a response. Empty if it is not an error. */
export function codesOf(response: ApiResponse): readonly string[] {
  const schema = response.content?.[PROBLEM_TYPE]?.schema as ProblemSchema | undefined;
  return schema?.allOf[1].properties.errorCode.enum ?? [];
}
