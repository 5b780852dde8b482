import type { ProtoCursor } from './proto-cursor.ts';
import type { FieldMarks } from './proto-marks.ts';
import { SCALAR_DEFAULTS, type ReadProto } from './proto-scalars.ts';
import {
  WIRE,
  wireOf,
  type EnumType,
  type MessageType,
  type ProtoField,
  type ProtoType,
} from './proto-type.ts';

/** How the reader of a message treats one of its fields. */
export interface FieldPlan {
  readonly field: ProtoField;
  /** The member's name and a colon. */
  readonly label: Buffer;
  readonly wire: number;
  /** Whether several values may be in one sized value. */
  readonly isPackable: boolean;
  /** Reads one value, after its tag. For a map, one value of an entry. */
  readonly read: ReadProto;
  /** Reads the content of a message; undefined for other types. */
  readonly body: ReadProto | undefined;
  /** The JSON of an absent field; undefined if it is left out. */
  readonly fallback: Buffer | undefined;
  /** Places of the other fields of its oneof. */
  readonly rivals: readonly number[];
  /** The numbers of a closed enum; undefined for other types. */
  readonly known: ReadonlySet<number> | undefined;
}

export interface MessagePlan {
  readonly plans: readonly FieldPlan[];
  readonly placeOf: (number: number) => number | undefined;
}

/** Numbers of fields up to this one are looked up in an array. */
const SMALL_NUMBERS = 1_024;

export function placesOf({ fields }: MessageType): (number: number) => number | undefined {
  const entries = fields.map(({ number }, place) => [number, place] as const);
  if (entries.every(([number]) => number <= SMALL_NUMBERS)) {
    const places: (number | undefined)[] = [];
    for (const [number, place] of entries) {
      while (places.length <= number) {
        places.push(undefined);
      }
      places[number] = place;
    }
    return (number) => places[number];
  }
  const places = new Map(entries);
  return (number) => places.get(number);
}

export function planOf(
  type: MessageType,
  field: ProtoField,
  readers: { readonly read: ReadProto; readonly body: ReadProto | undefined },
): FieldPlan {
  const wire = wireOf(field);
  return {
    ...readers,
    field,
    wire,
    label: Buffer.from(`${JSON.stringify(field.jsonName)}:`),
    isPackable: field.form === 'list' && wire !== WIRE.sized && wire !== WIRE.group,
    fallback: fallbackOf(field),
    rivals: type.fields.flatMap((other, place) =>
      other !== field && field.oneof !== undefined && other.oneof === field.oneof ? [place] : [],
    ),
    known: field.form === 'map' ? undefined : closedNumbers(field.type),
  };
}

/** The numbers of a closed enum; undefined for other types. */
export function closedNumbers(type: ProtoType): ReadonlySet<number> | undefined {
  return type.kind === 'enum' && type.isClosed ? new Set(type.values.values()) : undefined;
}

/**
 * Finds the fields of a message that ends at `end`, and marks the start of each. If a field occurs
 * several times, its last value counts. Values of lists, maps and messages are merged.
 */
export function scan(
  cursor: ProtoCursor,
  end: number,
  { plans, placeOf }: MessagePlan,
  marks: FieldMarks,
  base: number,
): void {
  let previous: number | undefined;
  while (cursor.at < end) {
    const start = cursor.at;
    const tag = cursor.tag();
    const place = placeOf(tag >>> 3);
    const plan = place === undefined ? undefined : plans[place];
    if (place === undefined || plan === undefined || !isOfField(tag & 7, plan)) {
      cursor.skip(tag, end);
      previous = undefined;
      continue;
    }
    if (plan.known !== undefined && (tag & 7) === WIRE.varint) {
      cursor.varint();
      if (!plan.known.has(cursor.low | 0)) {
        continue;
      }
    } else {
      cursor.skip(tag, end);
    }
    if (plan.rivals.length > 0) {
      plan.rivals.forEach((rival) => marks.remove(base + rival));
    }
    mark(plan, base + place, start, previous === place, marks);
    previous = place;
  }
  cursor.expectEnd(end);
}

function mark(
  { field, body }: FieldPlan,
  index: number,
  start: number,
  isNext: boolean,
  marks: FieldMarks,
): void {
  const addsUp = field.form !== 'single' || body !== undefined;
  if (!addsUp || marks.first(index) === undefined) {
    marks.set(index, start);
  } else if (field.form === 'single' || !isNext) {
    marks.add(index, start);
  }
}

export function isOfField(wire: number, { wire: expected, isPackable }: FieldPlan): boolean {
  return wire === expected || (isPackable && wire === WIRE.sized);
}

/** The JSON of an absent field; undefined if it is left out. */
function fallbackOf(field: ProtoField): Buffer | undefined {
  switch (field.form) {
    case 'list':
      return Buffer.from('[]');
    case 'map':
      return Buffer.from('{}');
    case 'single':
      return field.hasPresence ? undefined : Buffer.from(defaultJson(field.type));
  }
}

/** The JSON of the default of a type. A message has `{}`. */
export function defaultJson(type: ProtoType): string {
  switch (type.kind) {
    case 'scalar':
      return SCALAR_DEFAULTS[type.scalar];
    case 'enum':
      return enumJson(type, 0);
    case 'message':
      return '{}';
  }
}

/** The only enum whose value is null in JSON. */
export const NULL_VALUE = 'google.protobuf.NullValue';

/** The name of a number as JSON. The number if it has no name. */
export function enumJson(type: EnumType, number: number): string {
  if (type.name === NULL_VALUE) {
    return 'null';
  }
  for (const [name, value] of type.values) {
    if (value === number) {
      return JSON.stringify(name);
    }
  }
  return String(number);
}
