export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** Characters of an event that is not finished; more is a broken stream. */
const EVENT_MAX = 16 * 1_048_576;

/** The server-sent events of an answer, until its end. */
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

/** Lines of an answer as they come, without their ends. */
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
    if (rest.length > EVENT_MAX) {
      throw new Error(`Expected lines of at most ${EVENT_MAX} characters, found a longer one.`);
    }
  }
  if (rest !== '') {
    yield rest;
  }
}
