import type { ApiDocument, ApiOperation, JsonSchema } from '@quicksilver/common/http/api-document';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { call, type Answer } from './http-call.ts';

/** An API with its OpenAPI document, to compare answers with. */
export class DescribedApi {
  readonly #document: ApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

  constructor(document: ApiDocument) {
    this.#document = document;
  }

  /** Reads the document of a running service. */
  static async read(url: string, headers: Readonly<Record<string, string>> = {}) {
    const answer = await call(`${url}/openapi.json`, { headers });
    return new DescribedApi(answer.json() as ApiDocument);
  }

  /** `GET /topics/{topic}/keys`. */
  get routes(): string[] {
    return this.#operations().map(([name]) => name);
  }

  /** The examples of bodies that their schemas reject. */
  wrongExamples(): string[] {
    return this.#operations().flatMap(([name, { requestBody }]) => {
      const { schema, example } = requestBody?.content['application/json'] ?? {};
      return schema === undefined || example === undefined
        ? []
        : this.#invalid(schema, example).map((problem) => `${name}: ${problem}`);
    });
  }

  /** How an answer differs from the description of its route. */
  problemsOf(route: string, { status, headers, text }: Answer): string[] {
    const operation = this.#operations().find(([name]) => name === route)?.[1];
    if (operation === undefined) {
      return [`${route} is not described`];
    }
    const response = operation.responses[String(status)];
    if (response === undefined) {
      return [`${route} answers ${status}, which is not described: ${text}`];
    }
    const missing = Object.entries(response.headers ?? {}).flatMap(([name, { required }]) =>
      required && headers[name.toLowerCase()] === undefined ? [`${name} is missing`] : [],
    );
    const { content = {} } = response;
    const type = headers['content-type']?.split(';', 1)[0] ?? '';
    const described = Object.entries(content).find(([name]) => name.split(';', 1)[0] === type)?.[1];
    if (described === undefined) {
      return Object.keys(content).length === 0 && text === ''
        ? missing
        : [...missing, `${route} answers ${status} with ${type}, which is not described`];
    }
    const { 'x-line': line, ...schema } = described.schema;
    const items =
      line === undefined
        ? [type.endsWith('json') ? (JSON.parse(text) as unknown) : text]
        : text
            .trimEnd()
            .split('\n')
            .map((each) => JSON.parse(each) as unknown);
    const problems = items.flatMap((item) =>
      this.#invalid(line === undefined ? schema : (line as JsonSchema), item),
    );
    return [...missing, ...problems.map((problem) => `${route} ${status}: ${problem} in ${text}`)];
  }

  #operations(): (readonly [string, ApiOperation])[] {
    return Object.entries(this.#document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
      ),
    );
  }

  #invalid(schema: JsonSchema, value: unknown): string[] {
    const validate = this.#ajv.compile({ ...schema, components: this.#document.components });
    return validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}
