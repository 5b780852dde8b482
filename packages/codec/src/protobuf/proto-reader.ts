import { TYPE_NAME } from '../message-schema.ts';
import type { JsonOutput } from '../json-output.ts';
import { ProtoCursor } from './proto-cursor.ts';
import { FieldMarks } from './proto-marks.ts';
import {
  closedNumbers,
  defaultJson,
  enumJson,
  isOfField,
  placesOf,
  planOf,
  scan,
  type FieldPlan,
  type MessagePlan,
} from './proto-plan.ts';
import { SCALAR_READERS, type ReadProto } from './proto-scalars.ts';
import {
  shortName,
  WIRE,
  entryWires,
  type EnumType,
  type MessageType,
  type ProtoField,
} from './proto-type.ts';
import { specialReader, UNWRAPPED } from './special-readers.ts';

export interface ProtoReaderOptions {
  /** Adds the message's name, without its package, as first member `__typename`. */
  readonly recordNames: boolean;
  /** The messages that an `Any` may contain, by name. */
  readonly messages: ReadonlyMap<string, MessageType>;
}

const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Compiles each message of a schema once, because messages may contain themselves. Its readers read
 * the content of a message up to `end`, and share a state. So one value is read at a time, and
 * `reset` comes before each.
 */
export class ProtoReaderCompiler {
  readonly #options: ProtoReaderOptions;
  readonly #readers = new Map<MessageType, ReadProto>();
  readonly #marks = new FieldMarks();

  constructor(options: ProtoReaderOptions) {
    this.#options = options;
  }

  reset(): void {
    this.#marks.reset();
  }

  readerOf(type: MessageType): ReadProto {
    const existing = this.#readers.get(type);
    if (existing !== undefined) {
      return existing;
    }
    // A recursive message uses this entry while it is compiled.
    this.#readers.set(type, (cursor, end, out) => reader(cursor, end, out));
    const reader = this.#compile(type);
    this.#readers.set(type, reader);
    return reader;
  }

  #compile(type: MessageType): ReadProto {
    const { messages } = this.#options;
    const special = specialReader(type, (name) => {
      const message = messages.get(name);
      return message && this.readerOf(message);
    });
    if (special !== undefined) {
      return this.#nested(special);
    }
    const message = {
      plans: type.fields.map((field) => this.#plan(type, field)),
      placeOf: placesOf(type),
    };
    const fallback = UNWRAPPED.get(type.name);
    return fallback === undefined
      ? this.#objectReader(type, message)
      : this.#unwrappedReader(message, Buffer.from(fallback));
  }

  #objectReader(type: MessageType, message: MessagePlan): ReadProto {
    const isNamed =
      this.#options.recordNames && type.fields.every(({ jsonName }) => jsonName !== TYPE_NAME);
    const open = Buffer.from(isNamed ? `{"${TYPE_NAME}":${JSON.stringify(shortName(type))}` : '{');
    const marks = this.#marks;
    const { plans } = message;
    return (cursor, end, out) => {
      marks.enter(cursor);
      const base = marks.open(plans.length);
      scan(cursor, end, message, marks, base);
      out.raw(open);
      let isFirst = !isNamed;
      for (let place = 0; place < plans.length; place += 1) {
        const plan = plans[place];
        const start = marks.first(base + place);
        if (plan === undefined || (start === undefined && isLeftOut(plan, cursor))) {
          continue;
        }
        if (!isFirst) {
          out.byte(COMMA);
        }
        isFirst = false;
        out.raw(plan.label);
        this.#writeValue(cursor, end, { plan, start, index: base + place }, out);
      }
      out.byte(CLOSE_OBJECT);
      cursor.at = end;
      marks.close(base);
      marks.leave();
    };
  }

  /** The value of the only present field, without its name. */
  #unwrappedReader(message: MessagePlan, fallback: Buffer): ReadProto {
    const marks = this.#marks;
    return (cursor, end, out) => {
      const base = marks.open(message.plans.length);
      scan(cursor, end, message, marks, base);
      const place = message.plans.findIndex((_, at) => marks.first(base + at) !== undefined);
      const plan = message.plans[place];
      if (plan === undefined) {
        out.raw(fallback);
      } else {
        const index = base + place;
        this.#writeValue(cursor, end, { plan, start: marks.first(index), index }, out);
      }
      cursor.at = end;
      marks.close(base);
    };
  }

  /** An `Any` may contain itself. */
  #nested(read: ReadProto): ReadProto {
    return (cursor, end, out) => {
      this.#marks.enter(cursor);
      read(cursor, end, out);
      this.#marks.leave();
    };
  }

  #writeValue(
    cursor: ProtoCursor,
    end: number,
    { plan, start, index }: { plan: FieldPlan; start: number | undefined; index: number },
    out: JsonOutput,
  ): void {
    if (start === undefined) {
      out.raw(plan.fallback ?? NULL);
      return;
    }
    const further = this.#marks.further(index);
    if (plan.field.form === 'single') {
      cursor.at = start;
      if (further.length === 0 || plan.body === undefined) {
        cursor.tag();
        plan.read(cursor, end, out);
        return;
      }
      const merged = Buffer.concat([start, ...further].map((at) => bodyAt(cursor, at, end)));
      plan.body(new ProtoCursor(merged, 0), merged.length, out);
      return;
    }
    this.#marks.enter(cursor);
    const runs = further.length === 0 ? [start] : [start, ...further];
    if (plan.field.form === 'list') {
      writeList(cursor, end, { plan, runs }, out);
    } else {
      writeMap(cursor, end, { plan, runs }, out);
    }
    this.#marks.leave();
  }

  #plan(type: MessageType, field: ProtoField): FieldPlan {
    const { type: valueType, isGroup } = field;
    switch (valueType.kind) {
      case 'scalar':
        return planOf(type, field, { read: SCALAR_READERS[valueType.scalar], body: undefined });
      case 'enum':
        return planOf(type, field, { read: enumReader(valueType), body: undefined });
      case 'message': {
        const body = this.readerOf(valueType);
        const read: ReadProto = (cursor, end, out) => {
          const start = isGroup ? cursor.at : undefined;
          const bodyEnd = isGroup ? cursor.groupEnd(field.number, end) : cursor.sizedEnd(end);
          const after = cursor.at;
          cursor.at = start ?? after;
          body(cursor, bodyEnd, out);
          cursor.at = isGroup ? after : bodyEnd;
        };
        return planOf(type, field, { read, body });
      }
    }
  }
}

const NULL = Buffer.from('null');

/** Whether an absent field has no member. Throws if it is required. */
function isLeftOut({ field, fallback }: FieldPlan, cursor: ProtoCursor): boolean {
  if (field.isRequired) {
    throw cursor.wrong(`the required field ${field.name} is missing`);
  }
  return fallback === undefined;
}

/** The content of the message in the field that begins at `start`. */
function bodyAt(cursor: ProtoCursor, start: number, end: number): Buffer {
  cursor.at = start;
  const tag = cursor.tag();
  if ((tag & 7) === WIRE.group) {
    const from = cursor.at;
    return cursor.bytes.subarray(from, cursor.groupEnd(tag >>> 3, end));
  }
  const bodyEnd = cursor.sizedEnd(end);
  return cursor.bytes.subarray(cursor.at, bodyEnd);
}

interface Runs {
  readonly plan: FieldPlan;
  /** Where values begin that stand side by side. */
  readonly runs: readonly number[];
}

function writeList(cursor: ProtoCursor, end: number, { plan, runs }: Runs, out: JsonOutput): void {
  const { field, wire, known } = plan;
  out.byte(OPEN_LIST);
  const from = out.length;
  const item = (itemEnd: number): void => {
    if (known !== undefined && isUnknown(cursor, known)) {
      return;
    }
    if (out.length > from) {
      out.byte(COMMA);
    }
    plan.read(cursor, itemEnd, out);
  };
  for (const start of runs) {
    cursor.at = start;
    while (cursor.at < end) {
      const tag = cursor.tag();
      if (tag >>> 3 !== field.number || !isOfField(tag & 7, plan)) {
        break;
      }
      if ((tag & 7) === wire) {
        item(end);
      } else {
        const packedEnd = cursor.sizedEnd(end);
        while (cursor.at < packedEnd) {
          item(packedEnd);
        }
        cursor.expectEnd(packedEnd);
      }
    }
  }
  out.byte(CLOSE_LIST);
}

/** Whether the next number is none of a closed enum. If so, it is skipped. */
function isUnknown(cursor: ProtoCursor, known: ReadonlySet<number>): boolean {
  const start = cursor.at;
  cursor.varint();
  if (!known.has(cursor.low | 0)) {
    return true;
  }
  cursor.at = start;
  return false;
}

interface Entry {
  /** The JSON of the key, with quotes. */
  readonly key: string;
  /** Where the value begins, after its tag; undefined if the entry has none. */
  readonly valueAt: number | undefined;
  readonly end: number;
}

/** The last of several entries with the same key counts. */
function writeMap(cursor: ProtoCursor, end: number, { plan, runs }: Runs, out: JsonOutput): void {
  const entries = new Map<string, Entry>();
  for (const start of runs) {
    cursor.at = start;
    while (cursor.at < end) {
      const tag = cursor.tag();
      if (tag >>> 3 !== plan.field.number || (tag & 7) !== WIRE.sized) {
        break;
      }
      const entryEnd = cursor.sizedEnd(end);
      const entry = readEntry(cursor, entryEnd, plan.field, out);
      if (entry !== undefined) {
        entries.set(entry.key, entry);
      }
      cursor.at = entryEnd;
    }
  }
  out.byte(OPEN_OBJECT);
  let isFirst = true;
  for (const { key, valueAt, end: entryEnd } of entries.values()) {
    if (!isFirst) {
      out.byte(COMMA);
    }
    isFirst = false;
    out.utf8(key);
    out.byte(COLON);
    if (valueAt !== undefined) {
      cursor.at = valueAt;
      plan.read(cursor, entryEnd, out);
    } else if (plan.body === undefined) {
      out.ascii(defaultJson(plan.field.type));
    } else {
      plan.body(new ProtoCursor(EMPTY, 0), 0, out);
    }
  }
  out.byte(CLOSE_OBJECT);
}

const EMPTY = Buffer.alloc(0);
const KEY_NUMBER = 1;
const VALUE_NUMBER = 2;

/** Undefined if the value is an unknown number of a closed enum. */
function readEntry(
  cursor: ProtoCursor,
  end: number,
  field: ProtoField,
  out: JsonOutput,
): Entry | undefined {
  const { keyType, type } = field;
  const [keyWire, valueWire] = entryWires(field);
  let key = keyType === undefined ? '""' : defaultJson(keyType);
  let valueAt: number | undefined;
  const known = closedNumbers(type);
  while (cursor.at < end) {
    const tag = cursor.tag();
    if (keyType !== undefined && tag === KEY_NUMBER * 8 + keyWire) {
      const from = out.length;
      SCALAR_READERS[keyType.scalar](cursor, end, out);
      key = out.cut(from).toString();
    } else {
      if (tag === VALUE_NUMBER * 8 + valueWire) {
        valueAt = cursor.at;
      }
      cursor.skip(tag, end);
    }
  }
  cursor.expectEnd(end);
  if (known !== undefined && valueAt !== undefined) {
    cursor.at = valueAt;
    if (isUnknown(cursor, known)) {
      return undefined;
    }
  }
  return { key: key.charCodeAt(0) === QUOTE ? key : `"${key}"`, valueAt, end };
}

function enumReader(type: EnumType): ReadProto {
  const names = new Map(
    [...type.values.values()].map((number) => [number, Buffer.from(enumJson(type, number))]),
  );
  return (cursor, _end, out) => {
    cursor.varint();
    const number = cursor.low | 0;
    const name = names.get(number);
    if (name === undefined) {
      out.ascii(enumJson(type, number));
    } else {
      out.raw(name);
    }
  };
}
