import type { ScalarName } from '@quicksilver/definition/scalar-names';

import type { ExportedField, ExportedType } from './exported-type.ts';

const whole = (bits: number): object => ({
  type: 'integer',
  minimum: -(2 ** (bits - 1)),
  maximum: 2 ** (bits - 1) - 1,
});

/** The JSON that ingest accepts for a value of the scalar. */
const SCHEMA_OF: Readonly<Record<ScalarName, object | true>> = {
  Int: whole(32),
  Short: whole(16),
  Byte: whole(8),
  // A bound of 64 bits is no exact number of JavaScript, so it is left out.
  Long: { type: 'integer' },
  BigInteger: { type: 'integer' },
  BigDecimal: { type: 'number' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
  String: { type: 'string' },
  ID: { type: ['string', 'integer'] },
  Char: { type: 'string', minLength: 1, maxLength: 1 },
  DateTime: { type: ['string', 'integer'] },
  Bytes: { type: 'string', contentEncoding: 'base64' },
  JSON: true,
};

/**
 * The type as a JSON Schema (draft 7). Members without a field are allowed, as in records of the
 * type. `title` is the name of the type.
 */
export function toJsonSchema(type: ExportedType): string {
  const printer = new JsonSchemaPrinter();
  const root = printer.print(type);
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...(root === true ? {} : root),
    definitions: Object.fromEntries(printer.definitions),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

class JsonSchemaPrinter {
  readonly definitions = new Map<string, object>();

  /** Named types become references to `definitions`. */
  print(type: ExportedType): object | true {
    switch (type.kind) {
      case 'scalar':
        return SCHEMA_OF[type.scalar];
      case 'list': {
        const items = this.print(type.items);
        return { type: 'array', items: type.hasNulls ? orNull(items) : items };
      }
      case 'enum':
        return this.#reference(type.name, () => ({
          ...described(type.text),
          title: type.name,
          enum: type.symbols,
        }));
      case 'union':
        return { anyOf: type.members.map((member) => this.print(member)) };
      case 'record':
        return this.#reference(type.name, () => ({
          ...described(type.text),
          title: type.name,
          type: 'object',
          properties: Object.fromEntries(
            type.fields.map((field) => [field.name, this.#property(field)]),
          ),
          required: type.fields.filter(({ isNullable }) => !isNullable).map(({ name }) => name),
        }));
    }
  }

  #property({ type, isNullable, text, deprecated }: ExportedField): object | true {
    const schema = this.print(type);
    const inner = isNullable ? orNull(schema) : schema;
    const facts = { ...described(text), ...(deprecated === undefined ? {} : { deprecated: true }) };
    return Object.keys(facts).length === 0
      ? inner
      : // Other members beside a reference are ignored in draft 7.
        { ...facts, allOf: [inner] };
  }

  #reference(name: string, define: () => object): object {
    if (!this.definitions.has(name)) {
      // Set first, because the type can contain itself.
      this.definitions.set(name, {});
      this.definitions.set(name, define());
    }
    return { $ref: `#/definitions/${name}` };
  }
}

function described(text: string | undefined): object {
  return text === undefined ? {} : { description: text };
}

function orNull(schema: object | true): object | true {
  return schema === true ? true : { anyOf: [{ type: 'null' }, schema] };
}
