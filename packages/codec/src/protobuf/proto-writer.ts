import { AppError } from '@quicksilver/common/errors/app-error';
import { splitArray, splitObject, unquote } from '../json-text.ts';
import { TYPE_NAME } from '../message-schema.ts';
import { membersOf, mismatch, refused } from '../mismatch.ts';
import { sizedBytes, tagBytes, varintBytes } from './proto-bytes.ts';
import { defaultJson, NULL_VALUE } from './proto-plan.ts';
import {
  entryWires,
  shortName,
  WIRE,
  wireOf,
  type EnumType,
  type MessageType,
  type ProtoField,
} from './proto-type.ts';
import { SCALAR_WRITERS, signed, type WriteProto } from './scalar-writers.ts';
import { specialWriter, UNWRAPPED_FIELD } from './special-writers.ts';

/** Compiles a writer of the content of each message of a schema, once. */
export class ProtoWriterCompiler {
  readonly #messages: ReadonlyMap<string, MessageType>;
  readonly #writers = new Map<MessageType, WriteProto>();

  /** `messages` are those that an `Any` may contain, by name. */
  constructor(messages: ReadonlyMap<string, MessageType>) {
    this.#messages = messages;
  }

  /** The message that `__typename` of a JSON object names. Undefined if it names none. */
  messageOf(json: string, roots: readonly MessageType[]): MessageType | undefined {
    const name = splitObject(json)?.find((member) => member.name === TYPE_NAME)?.value;
    return name === undefined ? undefined : namedBelow(roots, name);
  }

  writerOf(type: MessageType): WriteProto {
    const existing = this.#writers.get(type);
    if (existing !== undefined) {
      return existing;
    }
    // A recursive message uses this entry while it is compiled.
    this.#writers.set(type, (json, path) => writer(json, path));
    const writer = this.#compile(type);
    this.#writers.set(type, writer);
    return writer;
  }

  #compile(type: MessageType): WriteProto {
    const special = specialWriter(type, (name) => {
      const message = this.#messages.get(name);
      return message && this.writerOf(message);
    });
    if (special !== undefined) {
      return special;
    }
    const fieldOf = UNWRAPPED_FIELD.get(type.name);
    if (fieldOf !== undefined) {
      const fields = new Map(
        type.fields.map((field) => [field.jsonName, this.#fieldWriter(field)]),
      );
      return (json, path) => fields.get(fieldOf(json))?.(json, path) ?? NOTHING;
    }
    return this.#objectWriter(type);
  }

  #objectWriter(type: MessageType): WriteProto {
    const byName = new Map(
      type.fields.flatMap((field) => [
        [field.jsonName, field] as const,
        [field.name, field] as const,
      ]),
    );
    const writers = new Map(type.fields.map((field) => [field, this.#fieldWriter(field)]));
    const required = type.fields.filter(({ isRequired }) => isRequired);
    const name = shortName(type);
    return (json, path) => {
      const values = new Map<ProtoField, readonly [string, string]>();
      for (const [member, value] of membersOf(json, path, `the message ${name}`)) {
        const at = `${path}.${member}`;
        const field = byName.get(member);
        if (field === undefined) {
          checkTypeName(type, member, value, at);
          continue;
        }
        if (values.has(field)) {
          throw mismatch(at, `the field ${field.name} occurs twice`);
        }
        // In Protobuf's JSON a null is an absent field, except for the types that have a null.
        if (value !== 'null' || hasNull(field)) {
          values.set(field, [value, at]);
        }
      }
      checkOneofs(values, path);
      const missing = required.find((field) => !values.has(field));
      if (missing !== undefined) {
        throw mismatch(`${path}.${missing.jsonName}`, `the required field of ${name} is missing`);
      }
      return Buffer.concat(
        [...values].map(([field, [value, at]]) => writers.get(field)?.(value, at) ?? NOTHING),
      );
    };
  }

  /** With the tags. */
  #fieldWriter(field: ProtoField): WriteProto {
    const write = this.#valueWriter(field);
    const { number, form, hasPresence, isPacked, type } = field;
    const tag = tagBytes(number, wireOf(field));
    if (form === 'map') {
      return mapWriter(field, write);
    }
    if (form === 'single') {
      const omitted = hasPresence ? undefined : write(defaultJson(type), '');
      return (json, path) => {
        const bytes = write(json, path);
        return omitted?.equals(bytes) === true ? NOTHING : Buffer.concat([tag, bytes]);
      };
    }
    const packedTag = tagBytes(number, WIRE.sized);
    return (json, path) => {
      const items = splitArray(json);
      if (items === undefined) {
        throw refused(path, 'an array', json);
      }
      const written = items.map((item, at) => write(item, `${path}[${at}]`));
      if (!isPacked || written.length === 0) {
        return Buffer.concat(written.flatMap((bytes) => [tag, bytes]));
      }
      return Buffer.concat([packedTag, sizedBytes(Buffer.concat(written))]);
    };
  }

  #valueWriter({ type, isGroup, number }: ProtoField): WriteProto {
    switch (type.kind) {
      case 'scalar':
        return SCALAR_WRITERS[type.scalar];
      case 'enum':
        return enumWriter(type);
      case 'message': {
        const write = this.writerOf(type);
        return isGroup
          ? (json, path) => Buffer.concat([write(json, path), tagBytes(number, WIRE.groupEnd)])
          : (json, path) => sizedBytes(write(json, path));
      }
    }
  }
}

const NOTHING = Buffer.alloc(0);

function namedBelow(level: readonly MessageType[], json: string): MessageType | undefined {
  for (const message of level) {
    const match = isNameOf(message, json) ? message : namedBelow(message.nested, json);
    if (match !== undefined) {
      return match;
    }
  }
  return undefined;
}

function isNameOf(type: MessageType, json: string): boolean {
  const name = json.startsWith('"') ? unquote(json) : undefined;
  return name !== undefined && (name === type.name || name === shortName(type));
}

function checkTypeName(type: MessageType, member: string, value: string, path: string): void {
  const name = shortName(type);
  if (member !== TYPE_NAME) {
    throw mismatch(path, `the message ${name} has no such field`);
  }
  if (!isNameOf(type, value)) {
    throw refused(path, JSON.stringify(name), value);
  }
}

function checkOneofs(
  values: ReadonlyMap<ProtoField, readonly [string, string]>,
  path: string,
): void {
  const present = new Map<string, ProtoField>();
  for (const [field, [, at]] of values) {
    if (field.oneof === undefined) {
      continue;
    }
    const other = present.get(field.oneof);
    if (other !== undefined) {
      throw mismatch(
        at,
        `only one field of the oneof ${field.oneof} can be set, and ${path}.${other.jsonName} is set too`,
      );
    }
    present.set(field.oneof, field);
  }
}

function hasNull({ type, form }: ProtoField): boolean {
  return (
    form === 'single' &&
    (type.kind === 'enum' || type.kind === 'message') &&
    (type.name === NULL_VALUE || type.name === 'google.protobuf.Value')
  );
}

function enumWriter(type: EnumType): WriteProto {
  const names = [...type.values.keys()].join(', ');
  return (json, path) => {
    if (type.name === NULL_VALUE && json === 'null') {
      return varintBytes(0n);
    }
    if (!json.startsWith('"') && !type.isClosed) {
      return varintBytes(signed(json, path, 32));
    }
    const number = json.startsWith('"')
      ? type.values.get(unquote(json))
      : numberAmong(type, signed(json, path, 32));
    if (number === undefined) {
      throw refused(path, `one of ${names}`, json);
    }
    return varintBytes(BigInt(number));
  };
}

function numberAmong(type: EnumType, value: bigint): number | undefined {
  return [...type.values.values()].find((number) => BigInt(number) === value);
}

function mapWriter(field: ProtoField, write: WriteProto): WriteProto {
  const tag = tagBytes(field.number, WIRE.sized);
  const [keyWire, valueWire] = entryWires(field);
  const [keyTag, valueTag] = [tagBytes(1, keyWire), tagBytes(2, valueWire)];
  const scalar = field.keyType?.scalar ?? 'string';
  const writeKey = SCALAR_WRITERS[scalar];
  return (json, path) =>
    Buffer.concat(
      [...membersOf(json, path, 'a map')].flatMap(([name, value]) => {
        const at = `${path}.${name}`;
        const key = scalar === 'string' ? JSON.stringify(name) : name;
        return [
          tag,
          sizedBytes(
            Buffer.concat([keyTag, keyBytes(writeKey, key, at), valueTag, write(value, at)]),
          ),
        ];
      }),
    );
}

/** The name of a member must be the JSON of a key. */
function keyBytes(write: WriteProto, key: string, path: string): Buffer {
  try {
    return write(key, path);
  } catch (error) {
    throw error instanceof AppError ? mismatch(path, 'the name is no key of the map') : error;
  }
}
