import type { ScalarName } from '@quicksilver/definition/scalar-names';

import {
  unsupported,
  type ExportedEnum,
  type ExportedField,
  type ExportedRecord,
  type ExportedType,
} from './exported-type.ts';

/** Undefined: Avro has no type whose JSON is that of the scalar. */
const AVRO_OF: Readonly<Record<ScalarName, string | undefined>> = {
  Int: 'int',
  Short: 'int',
  Byte: 'int',
  Long: 'long',
  Float: 'double',
  Boolean: 'boolean',
  String: 'string',
  ID: 'string',
  Char: 'string',
  DateTime: 'string',
  Bytes: 'bytes',
  // A decimal of Avro has a fixed scale, which GraphQL does not state.
  BigInteger: undefined,
  BigDecimal: undefined,
  JSON: undefined,
};

const NAME = /^[A-Za-z_]\w*$/;

/**
 * The type as an Avro schema. A nullable field is a union with null and has the default null.
 * Throws `AppError` INVALID_SPEC for what Avro has no form for.
 */
export function toAvro(type: ExportedType, namespace?: string): string {
  return `${JSON.stringify(new AvroPrinter(namespace).print(type, 'The type', true), undefined, 2)}\n`;
}

class AvroPrinter {
  readonly #namespace: string | undefined;
  readonly #printed = new Set<string>();

  constructor(namespace: string | undefined) {
    this.#namespace = namespace;
  }

  print(type: ExportedType, where: string, isRoot = false): unknown {
    switch (type.kind) {
      case 'scalar':
        return scalarOf(type.scalar, where);
      case 'list': {
        const items = this.print(type.items, `An item of ${where}`);
        return { type: 'array', items: type.hasNulls ? orNull(items) : items };
      }
      case 'enum':
        return this.#once(type, isRoot, () => ({
          type: 'enum',
          ...named(type),
          symbols: type.symbols,
        }));
      case 'union':
        return type.members.map((member) => this.print(member, where, isRoot));
      case 'record':
        return this.#once(type, isRoot, () => ({
          type: 'record',
          ...named(type),
          fields: type.fields.map((field) => this.#field(field, type.name)),
        }));
    }
  }

  #field({ name, type, isNullable, text, deprecated }: ExportedField, owner: string): unknown {
    const where = `${owner}.${name}`;
    if (!NAME.test(name)) {
      throw unsupported(
        'Avro',
        where,
        'a name has only letters, digits and underscores',
        'Change the name in @field.',
      );
    }
    const avro = this.print(type, where);
    return {
      name,
      ...(text === undefined ? {} : { doc: text }),
      ...(deprecated === undefined ? {} : { deprecated }),
      ...(isNullable ? { type: orNull(avro), default: null } : { type: avro }),
    };
  }

  /** A named type is defined once, and then referred to by its name. */
  #once(
    { name }: ExportedRecord | ExportedEnum,
    isRoot: boolean,
    define: () => Readonly<Record<string, unknown>>,
  ): unknown {
    if (this.#printed.has(name)) {
      return name;
    }
    this.#printed.add(name);
    const { type, ...rest } = define();
    return {
      type,
      ...(isRoot && this.#namespace !== undefined ? { namespace: this.#namespace } : {}),
      ...rest,
    };
  }
}

function named({ name, text }: ExportedRecord | ExportedEnum): object {
  return { name, ...(text === undefined ? {} : { doc: text }) };
}

function scalarOf(scalar: ScalarName, where: string): string {
  const avro = AVRO_OF[scalar];
  if (avro === undefined) {
    const remedy = 'Use another scalar, or topics with values of type json or schema.';
    throw unsupported('Avro', where, `Scalar ${scalar} not supported`, remedy);
  }
  return avro;
}

/** Unions do not nest. */
function orNull(avro: unknown): unknown {
  const branches: readonly unknown[] = Array.isArray(avro) ? avro : [avro];
  return ['null', ...branches];
}
