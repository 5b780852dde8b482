import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import protobuf from 'protobufjs';
import apiFile from 'protobufjs/google/protobuf/api.json' with { type: 'json' };
import descriptorFile from 'protobufjs/google/protobuf/descriptor.json' with { type: 'json' };
import sourceFile from 'protobufjs/google/protobuf/source_context.json' with { type: 'json' };
import typeFile from 'protobufjs/google/protobuf/type.json' with { type: 'json' };

import type { SchemaFile } from '../registry/schema-registry.ts';
import { KNOWN_FILES } from './known-files.ts';
import {
  SCALARS,
  type EnumType,
  type MessageType,
  type ProtoField,
  type ProtoType,
  type ScalarType,
} from './proto-type.ts';

/** Maximum characters of a schema including its references, far more than people write. */
const SCHEMA_CHARS_MAX = 524_288;
/** Maximum fields of all messages, so that compiling a schema takes no second. */
const FIELDS_MAX = 20_000;
const MAIN = 'the schema itself';

/** The messages of a schema. */
export interface ParsedProto {
  /** Those of the file itself, in its order. Message indexes refer to it. */
  readonly roots: readonly MessageType[];
  /** All messages by their full names, also those of imports. */
  readonly messages: ReadonlyMap<string, MessageType>;
}

/**
 * Parses a `.proto` file and the files that it imports, which are passed with it or known. Nothing
 * is read from a disk or the network. Throws `AppError` TYPE_MISMATCH if one is invalid.
 */
export function parseProto(text: string, referred: readonly SchemaFile[] = []): ParsedProto {
  const chars = referred.reduce((sum, each) => sum + each.text.length, text.length);
  if (chars > SCHEMA_CHARS_MAX) {
    throw invalidSchema(`it has ${chars} characters, but at most ${SCHEMA_CHARS_MAX} are allowed`);
  }
  try {
    const root = new protobuf.Root();
    const loader = new FileLoader(root, referred);
    loader.add(MAIN, text);
    for (const { name } of referred) {
      loader.import(name);
    }
    root.resolveAll();
    return new TypeConverter(root).convert();
  } catch (error) {
    if (error instanceof AppError) {
      throw error;
    }
    throw invalidSchema(describeError(error), error);
  }
}

class FileLoader {
  readonly #root: protobuf.Root;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #loaded = new Set<string>();

  constructor(root: protobuf.Root, referred: readonly SchemaFile[]) {
    this.#root = root;
    this.#texts = new Map(referred.map(({ name, text }) => [name, text]));
  }

  add(name: string, text: string): void {
    // The parser notes it in each type. Its types do not declare this member.
    Object.assign(protobuf.parse, { filename: name });
    const { imports = [], weakImports = [] } = protobuf.parse(text, this.#root, {
      keepCase: true,
      // Comments of all forms are documentation.
      alternateCommentMode: true,
    });
    for (const file of [...imports, ...weakImports]) {
      this.import(file);
    }
  }

  import(name: string): void {
    if (this.#loaded.has(name)) {
      return;
    }
    this.#loaded.add(name);
    const text = this.#texts.get(name) ?? KNOWN_FILES[name];
    if (text !== undefined) {
      this.add(name, text);
      return;
    }
    const file = protobuf.common.get(name) ?? OTHER_FILES[name];
    if (file?.nested === undefined) {
      throw invalidSchema(
        `it imports ${name}, which is neither a reference of the schema nor a file of Protobuf. Register it and refer to it`,
      );
    }
    for (const needed of IMPORTS_OF[name] ?? []) {
      this.import(needed);
    }
    this.#root.addJSON(file.nested);
  }
}

const OTHER_FILES: Readonly<Record<string, protobuf.INamespace>> = {
  'google/protobuf/api.proto': apiFile,
  'google/protobuf/descriptor.proto': descriptorFile,
  'google/protobuf/source_context.proto': sourceFile,
  'google/protobuf/type.proto': typeFile,
};

const IMPORTS_OF: Readonly<Record<string, readonly string[]>> = {
  'google/protobuf/api.proto': [
    'google/protobuf/source_context.proto',
    'google/protobuf/type.proto',
  ],
  'google/protobuf/type.proto': [
    'google/protobuf/any.proto',
    'google/protobuf/source_context.proto',
  ],
};

/** Converts the types of protobufjs to ours, each once. */
class TypeConverter {
  readonly #root: protobuf.Root;
  readonly #messages = new Map<protobuf.Type, MessageType>();
  readonly #enums = new Map<protobuf.Enum, EnumType>();
  #fields = 0;

  constructor(root: protobuf.Root) {
    this.#root = root;
  }

  convert(): ParsedProto {
    const types: protobuf.Type[] = [];
    collect(this.#root, types);
    const messages = new Map(types.map((type) => [nameOf(type), this.#message(type)]));
    const roots = types
      .filter((type) => type.filename === MAIN && !(type.parent instanceof protobuf.Type))
      .map((type) => this.#message(type));
    return { roots, messages };
  }

  #message(type: protobuf.Type): MessageType {
    const existing = this.#messages.get(type);
    if (existing !== undefined) {
      return existing;
    }
    const fields: ProtoField[] = [];
    const nested: MessageType[] = [];
    const message: MessageType = {
      kind: 'message',
      name: nameOf(type),
      fields,
      nested,
      text: textOf(type),
    };
    // A recursive message uses this entry while it is converted.
    this.#messages.set(type, message);
    this.#fields += type.fieldsArray.length;
    if (this.#fields > FIELDS_MAX) {
      throw invalidSchema(`it has more than ${FIELDS_MAX} fields`);
    }
    fields.push(...type.fieldsArray.map((field) => this.#field(field)));
    for (const each of type.nestedArray) {
      if (each instanceof protobuf.Type) {
        nested.push(this.#message(each));
      }
    }
    return message;
  }

  #field(field: protobuf.Field): ProtoField {
    const type = this.#typeOf(field);
    const isMap = field instanceof protobuf.MapField;
    const oneof = field.partOf;
    const isExtension = field.name.startsWith('.');
    return {
      name: field.name,
      jsonName: isExtension ? `[${field.name.slice(1)}]` : (field.jsonName ?? field.name),
      number: field.id,
      type,
      form: isMap ? 'map' : field.repeated ? 'list' : 'single',
      ...(isMap ? { keyType: scalarNamed(field.keyType, field) } : {}),
      hasPresence: !isMap && !field.repeated && (type.kind === 'message' || field.hasPresence),
      isRequired: field.required,
      isPacked: field.packed && isPackable(type),
      isGroup: field.delimited,
      ...(oneof === null || oneof === undefined ? {} : { oneof: oneof.name }),
      isDeprecated: field.options?.['deprecated'] === true,
      text: textOf(field),
    };
  }

  #typeOf(field: protobuf.Field): ProtoType {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Type) {
      return this.#message(resolvedType);
    }
    return resolvedType instanceof protobuf.Enum
      ? this.#enum(resolvedType)
      : scalarNamed(field.type, field);
  }

  #enum(type: protobuf.Enum): EnumType {
    const existing = this.#enums.get(type);
    if (existing !== undefined) {
      return existing;
    }
    const converted: EnumType = {
      kind: 'enum',
      name: type.fullName.slice(1),
      values: new Map(Object.entries(type.values)),
      isClosed: enumFeature(type) === 'CLOSED',
      text: textOf(type),
    };
    this.#enums.set(type, converted);
    return converted;
  }
}

function collect(namespace: protobuf.NamespaceBase, into: protobuf.Type[]): void {
  for (const each of namespace.nestedArray) {
    if (each instanceof protobuf.Type) {
      into.push(each);
    }
    if (each instanceof protobuf.Namespace) {
      collect(each, into);
    }
  }
}

function nameOf(type: protobuf.Type): string {
  return type.fullName.slice(1);
}

function textOf({ comment }: protobuf.ReflectionObject): string | undefined {
  // It is undefined in the files of Protobuf itself, which the type does not say.
  const text = (comment ?? '').trim();
  return text === '' ? undefined : text;
}

/** Only numbers can be packed. */
function isPackable(type: ProtoType): boolean {
  return (
    type.kind === 'enum' ||
    (type.kind === 'scalar' && type.scalar !== 'string' && type.scalar !== 'bytes')
  );
}

function scalarNamed(name: string, field: protobuf.Field): ScalarType {
  const scalar = SCALARS.find((each) => each === name);
  if (scalar === undefined) {
    throw invalidSchema(`the field ${field.fullName.slice(1)} has the unknown type ${name}`);
  }
  return { kind: 'scalar', scalar };
}

/** The types of protobufjs do not declare this member. */
function enumFeature(type: object): unknown {
  const features: unknown = '_features' in type ? type._features : undefined;
  return typeof features === 'object' && features !== null && 'enum_type' in features
    ? features.enum_type
    : undefined;
}

export function invalidSchema(why: string, cause?: unknown): AppError {
  return new AppError(
    'TYPE_MISMATCH',
    `The Protobuf schema is invalid: ${why.replace(/\.$/, '')}.`,
    {
      cause,
    },
  );
}
