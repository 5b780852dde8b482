import { rawRequest, type RawRequest } from '@quicksilver/testkit/raw-http';

/** The topics of the table by their role; the names are new in each run. */
export interface RowTopics {
  readonly json: string;
  readonly integer: string;
  readonly long: string;
  readonly double: string;
  readonly immutable: string;
}

export interface Row {
  /** The row's number in the table of bad input. */
  readonly row: number;
  /** What is sent, in words. */
  readonly input: string;
  readonly bytes: (topics: RowTopics) => Buffer;
  readonly status: number;
  /** If the response is an error. */
  readonly code?: string;
  /** Records that it adds to the topic of its role. */
  readonly records?: number;
  /** The connection must not serve another request. */
  readonly closes?: boolean;
  /** A text that the answer must hold. */
  readonly says?: string;
}

export const JSON_TYPE: readonly [string, string] = ['Content-Type', 'application/json'];

export const post = (role: keyof RowTopics, body: string | Buffer): Pick<Row, 'bytes'> => ({
  bytes: (topics) => rawRequest({ path: `/${topics[role]}`, headers: [JSON_TYPE], body }),
});
export const pair = (role: keyof RowTopics, key: string, value: string): Pick<Row, 'bytes'> =>
  post(role, `{"key":${key},"value":${value}}`);
export const raw = (make: (topics: RowTopics) => RawRequest): Pick<Row, 'bytes'> => ({
  bytes: (topics) => rawRequest(make(topics)),
});

/** The head of a POST up to its last header. */
export const postHead = (topic: string, ...lines: string[]): string =>
  [`POST /${topic} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json', ...lines].join(
    '\r\n',
  );
