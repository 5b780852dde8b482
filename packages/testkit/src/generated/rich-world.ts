import type { Tape } from './tape.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'] as const;
const LEVELS_MAX = 2;

/** One value in about so many does not fit its type. */
export interface Faults {
  readonly oneIn: number;
}

export interface RichTopic {
  readonly name: string;
  /** By key, as JSON. Some texts are no JSON. */
  readonly values: ReadonlyMap<string, string>;
}

/** A schema with every kind of type, and records that do not always fit it. */
export interface RichWorld {
  readonly sdl: string;
  readonly keys: readonly string[];
  readonly topics: readonly RichTopic[];
}

interface Member {
  readonly name: string;
  readonly type: string;
}

const SCALARS: Readonly<Record<string, readonly string[]>> = {
  String: ['""', '"text"', '"é\\n\\u2028"', '"\\ud800"', '"__proto__"'],
  Int: ['0', '-0', '7', '-2147483648', '"12"', '3.0', '1e2'],
  Float: ['0', '1.5', '-0.0', '1e21', '0.1234567890123456789', '123456789012345678901234567890'],
  Boolean: ['true', 'false'],
  ID: ['"a"', '5', '12345678901234567890', '"k"'],
  Long: ['1', '9007199254740993', '"-9223372036854775808"'],
  BigDecimal: ['1.10', '0.30000000000000000004', '1e400'],
  JSON: ['{"b":1,"a":[1.0,12345678901234567890]}', '[[],{}]', '"x"', '0.10', 'true'],
  Money: ['1.20', '{"amount":12345678901234567.89}', '"5"'],
  Mood: ['"CALM"', '"BUSY"'],
};
const TYPES = [...Object.keys(SCALARS), 'Box', 'Shape', 'Either', 'Kind'];
const BROKEN = ['null', '"text"', '5', '99999999999999999999', '{}', '[]', '[null]', 'true', '1.5'];
const WRAPPED = ['T', 'T', 'T', 'T!', '[T]', '[T!]', '[T]!', '[[T]]', '[[T!]!]'];
const JOINED = ['one', 'one', 'list', 'known'] as const;

const SHARED_TYPES = `
  scalar Money
  enum Mood { CALM BUSY }
  type Box { ref: ID refs: [ID] mood: Mood inner: Box boxes: [Box!]
    joined: T0 @topic(name: "t0", keyField: "ref") many: [T0] @topic(name: "t0", keyField: "refs") }
  interface Shape @discriminator(field: "form") { name: String form: String }
  type Circle implements Shape { name: String form: String radius: Float! ref: ID
    owner: T0 @topic(name: "t0", keyField: "ref") }
  type Square implements Shape { name: String form: String side: Int! corner: Box }
  union Either = Left | Right
  type Left { left: Int! name: String ref: ID owner: T0 @topic(name: "t0", keyField: "ref") }
  type Right { right: [Mood!]! name: String }
  interface Kind { id: ID }
  type Plain implements Kind { id: ID plain: Boolean! }
  type Fancy implements Kind { id: ID fancy: [Box]! }
  type T0Edge { cursor: String! node: T0 }
  type T0Connection { edges: [T0Edge!] pageInfo: PageInfo! }`;

export function newRichWorld(tape: Tape, { oneIn }: Faults): RichWorld {
  const count = 1 + tape.below(3);
  const topics = Array.from({ length: count }, (_none, at) => {
    const members = tape.times(6, (index): Member => {
      const type = tape.pick(WRAPPED).replace('T', tape.pick(TYPES));
      return { name: `f${index}`, type };
    });
    const joins = tape.times(3, (index) => {
      const [to, kind] = [tape.below(count), tape.pick(JOINED)];
      const type = { one: `T${to}`, list: `[T${to}]`, known: `[T${to}!]` }[kind];
      const field = kind === 'one' ? 'ref' : 'refs';
      return `j${index}: ${type} @topic(name: "t${to}", keyField: "${field}")`;
    });
    return { name: `t${at}`, at, members, joins };
  });
  const records = new Records(tape, oneIn);
  return {
    sdl: `${topics.map(typeText).join('')}${SHARED_TYPES}
      type Query { ${topics.map(({ at }) => rootText(at)).join('')} pages(first: Int, after: String): T0Connection @topic(name: "t0") }`,
    keys: KEYS,
    topics: topics.map(({ name, members }) => ({
      name,
      values: new Map(KEYS.slice(tape.below(2)).map((key) => [key, records.record(members)])),
    })),
  };
}

function typeText({
  at,
  members,
  joins,
}: {
  at: number;
  members: Member[];
  joins: string[];
}): string {
  const fields = members.map(({ name, type }) => `${name}: ${type}`);
  return `type T${at} { id: ID! ref: ID refs: [ID] at: Int ${[...fields, ...joins].join(' ')} }\n`;
}

function rootText(at: number): string {
  const topic = (rest: string): string => `@topic(name: "t${at}"${rest})`;
  return `
    one${at}(id: ID!): T${at} ${topic(', keyArgument: "id"')}
    many${at}(ids: [ID!]!): [T${at}] ${topic(', keyArgument: "ids"')}
    known${at}(ids: [ID!]!): [T${at}!]! ${topic(', keyArgument: "ids"')}
    all${at}: [T${at}!] ${topic('')}
    range${at}(id: ID!, from: Int, to: Int = 5): [T${at}]
      ${topic(', keyArgument: "id", rangeFrom: "from", rangeTo: "to"')}`;
}

/** Records as JSON. */
class Records {
  readonly #tape: Tape;
  readonly #oneIn: number;

  constructor(tape: Tape, oneIn: number) {
    this.#tape = tape;
    this.#oneIn = oneIn;
  }

  record(members: readonly Member[]): string {
    if (this.#isFaulty() && this.#isFaulty()) {
      return this.#tape.pick(['{', '', '1,2', ...BROKEN]);
    }
    const rest = members.map(({ name, type }) => [name, type] as const);
    return this.#object(
      LEVELS_MAX,
      ['id', 'ID!'],
      ['ref', 'Key'],
      ['refs', '[Key]'],
      ['at', 'Int'],
      ...rest,
    );
  }

  #object(levels: number, ...members: readonly (readonly [name: string, type: string])[]): string {
    const texts = members
      .filter(() => !this.#isFaulty())
      .map(([name, type]) => `${JSON.stringify(name)}:${this.#value(type, levels)}`);
    return `{${texts.join(',')}}`;
  }

  #value(type: string, levels: number): string {
    if (this.#isFaulty()) {
      return this.#tape.pick(BROKEN);
    }
    if (type.endsWith('!')) {
      return this.#present(type.slice(0, -1), levels);
    }
    return this.#tape.below(8) === 0 ? 'null' : this.#present(type, levels);
  }

  #present(type: string, levels: number): string {
    if (type.startsWith('[')) {
      return `[${this.#tape.times(3, () => this.#value(type.slice(1, -1), levels)).join(',')}]`;
    }
    const scalars = SCALARS[type];
    if (scalars !== undefined) {
      return this.#tape.pick(scalars);
    }
    return type === 'Key'
      ? JSON.stringify(this.#tape.pick([...KEYS, 'none']))
      : this.#composite(type, levels);
  }

  #composite(type: string, levels: number): string {
    const object = (...members: readonly (readonly [string, string])[]): string =>
      this.#object(levels - 1, ...members);
    const typed = (name: string, ...members: readonly (readonly [string, string])[]): string => {
      const text = object(...members);
      return text === '{}'
        ? `{"__typename":"${name}"}`
        : `{"__typename":"${name}",${text.slice(1)}`;
    };
    const isFirst = this.#tape.below(2) === 0;
    switch (type) {
      case 'Box':
        return levels <= 0
          ? object(['ref', 'Key'], ['mood', 'Mood'])
          : object(['ref', 'Key'], ['refs', '[Key]'], ['inner', 'Box'], ['boxes', '[Box!]']);
      case 'Shape':
        return isFirst
          ? `{"form":"Circle","radius":${this.#value('Float!', 0)},"ref":${this.#value('Key', 0)}}`
          : `{"form":"Square","name":"s","side":${this.#value('Int!', 0)},"corner":${this.#value('Box', 0)}}`;
      case 'Either':
        return isFirst
          ? typed('Left', ['left', 'Int!'], ['name', 'String'], ['ref', 'Key'])
          : typed('Right', ['right', '[Mood!]!'], ['name', 'String']);
      default:
        return isFirst
          ? object(['id', 'ID'], ['plain', 'Boolean!'])
          : object(['id', 'ID'], ['fancy', '[Box]!']);
    }
  }

  #isFaulty(): boolean {
    return this.#oneIn > 0 && this.#tape.below(this.#oneIn) === 1;
  }
}
