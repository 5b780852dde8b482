export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** Limit for a line in characters. */
const LINE_CHARS_MAX = 16 * 1_048_576;

/** Yields the server-sent events of an answer until it ends. */
export async function* serverEvents(response: Response): AsyncIterable<ServerEvent> {
  let name = 'message';
  let data: string[] = [];
  for await (const line of linesOf(response)) {
    if (line === '') {
      if (data.length > 0 || name !== 'message') {
        yield { name, data: data.join('\n') };
      }
      name = 'message';
      data = [];
    } else if (line.startsWith('event:')) {
      name = line.slice('event:'.length).trim();
    } else if (line.startsWith('data:')) {
      data.push(line.slice('data:'.length).replace(/^ /, ''));
    }
  }
}

/** Yields the lines of an answer as they arrive, without line ends. */
export async function* linesOf(response: Response): AsyncIterable<string> {
  if (response.body === null) {
    return;
  }
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body) {
    const [first = '', ...more] = decoder.decode(chunk, { stream: true }).split(/\r?\n/);
    rest += first;
    for (const part of more) {
      yield rest;
      rest = part;
    }
    if (rest.length > LINE_CHARS_MAX) {
      throw new Error(
        `A line of the answer has more than ${LINE_CHARS_MAX} characters, the limit.`,
      );
    }
  }
  if (rest !== '') {
    yield rest;
  }
}
