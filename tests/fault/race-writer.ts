import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { rawRequest } from '@quicksilver/testkit/raw-http';

/** A way to write one record under each of some keys. */
export interface Door {
  readonly address: string;
  readonly path: string;
  readonly body: (records: readonly RaceRecord[]) => string;
  /** What became of each record, by the text of the answer. */
  readonly results: (answer: string) => readonly (RaceResult | undefined)[];
}

export interface RaceRecord {
  readonly key: string;
  readonly value: string;
}

interface RaceResult {
  readonly outcome?: string;
  readonly errorCode?: string;
}

/** What became of a writer's keys. All others are another one's: 409 `KEY_EXISTS`. */
export interface Outcomes {
  readonly won: ReadonlySet<string>;
  readonly unknown: ReadonlySet<string>;
}

/** A writer whose mirror is away tries again, up to here. */
const WRITE_MS = 120_000;

export function ingestDoor(address: string, topic: string): Door {
  return {
    address,
    path: `/${topic}`,
    // One record goes the way of single records, as most clients write.
    body: (records) => JSON.stringify(records.length === 1 ? records[0] : records),
    results: (answer) => {
      const parsed = JSON.parse(answer) as RaceResult & { readonly results?: RaceResult[] };
      return parsed.results ?? [parsed];
    },
  };
}

/** A schema for `gatewayDoor`. The values are texts, in which the key is. */
export const raceSchema = (topic: string): string => `
  type Query { race(key: ID!): String @topic(name: "${topic}", keyArgument: "key") }
  type Mutation { put(key: ID!, value: String!): String @topic(name: "${topic}") }
  type Subscription { race: String @topic(name: "${topic}") }
`;

/** Mutations of one document, which the gateway does one after the other. */
export function gatewayDoor(address: string): Door {
  return {
    address,
    path: '/graphql',
    body: (records) => {
      const places = [...records.keys()];
      const variables = places.map((at) => `$k${at}: ID!, $v${at}: String!`).join(', ');
      const fields = places.map((at) => `m${at}: put(key: $k${at}, value: $v${at})`).join(' ');
      return JSON.stringify({
        query: `mutation (${variables}) { ${fields} }`,
        variables: Object.fromEntries(
          records.flatMap(({ key, value }, at) => [
            [`k${at}`, key],
            [`v${at}`, value],
          ]),
        ),
      });
    },
    results: (answer) => {
      const { data, errors = [] } = JSON.parse(answer) as MutationAnswer;
      return Object.entries(data ?? {}).map(([name, value]) => {
        const said = errors.find(({ path }) => path?.[0] === name)?.extensions;
        return value === null
          ? { ...said, ...(said?.code === undefined ? {} : { errorCode: said.code }) }
          : { outcome: 'ok' };
      });
    },
  };
}

interface MutationAnswer {
  readonly data?: Readonly<Record<string, string | null>> | null;
  readonly errors?: readonly {
    readonly path?: readonly unknown[];
    readonly extensions?: { readonly code?: string; readonly outcome?: string };
  }[];
}

/** A client with a connection of its own, as cheap as it can be: there are 64,000 writes. */
export class RaceWriter implements AsyncDisposable {
  readonly name: string;
  readonly #door: Door;
  readonly #turn: number;
  readonly #socket: Socket;
  #received = '';
  #answered: PromiseWithResolvers<string> = Promise.withResolvers();

  private constructor(socket: Socket, door: Door, turn: number) {
    this.#socket = socket;
    this.#door = door;
    this.#turn = turn;
    this.name = `w${turn}`;
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      this.#received += chunk;
      const [head = '', body] = this.#received.split('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (body !== undefined && body.length >= length) {
        this.#received = '';
        this.#answered.resolve(body);
      }
    });
    socket.on('close', () =>
      this.#answered.reject(new Error(`${door.address} closed the connection`)),
    );
  }

  static async open(door: Door, turn: number): Promise<RaceWriter> {
    const [host, port] = door.address.split(':');
    const socket = connect({ host: String(host), port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new RaceWriter(socket, door, turn);
  }

  /** The unique value that it writes under a key. */
  valueOf(key: string): string {
    return `${key} ${this.name}`;
  }

  /** Writes under each key. What is certainly not written for lack of a mirror is tried again. */
  async race(keys: readonly string[]): Promise<Outcomes> {
    const endMs = performance.now() + WRITE_MS;
    const [won, unknown] = [new Set<string>(), new Set<string>()];
    // Each writer begins with another key, so that not one of them wins them all.
    let open = [
      ...keys.slice(this.#turn % keys.length),
      ...keys.slice(0, this.#turn % keys.length),
    ];
    while (open.length > 0) {
      const records = open.map((key) => ({ key, value: this.valueOf(key) }));
      const answer = await this.#post(this.#door.body(records));
      const results = this.#door.results(answer);
      open = open.filter((key, at) => {
        const { outcome, errorCode } = results[at] ?? {};
        if (outcome === 'ok') {
          won.add(key);
        } else if (outcome !== 'not_written') {
          unknown.add(key);
        }
        return outcome === 'not_written' && errorCode !== 'KEY_EXISTS';
      });
      if (open.length > 0 && performance.now() > endMs) {
        throw new Error(`${this.name} was answered: ${answer}`);
      }
      await (open.length > 0 ? pause(50) : undefined);
    }
    return { won, unknown };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#answered.promise.catch(() => {});
    this.#socket.destroy();
    await Promise.resolve();
  }

  async #post(body: string): Promise<string> {
    this.#answered = Promise.withResolvers();
    const headers = [['Content-Type', 'application/json']] as const;
    this.#socket.write(rawRequest({ path: this.#door.path, headers, body }));
    return await this.#answered.promise;
  }
}
