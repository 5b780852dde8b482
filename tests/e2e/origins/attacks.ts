/** One request of the hostile page. */
export interface Attack {
  readonly name: string;
  /** What the page could read; undefined if the browser kept the answer from it. */
  readonly text?: string | undefined;
}

export interface Targets {
  /** `http://host:port` of all servers, of the edge also with the prefixes of its services. */
  readonly bases: readonly string[];
  readonly topic: string;
  /** Names that only these attacks use. */
  readonly stolen: string;
  readonly command: readonly string[];
}

/**
 * Sends everything that a page can send: requests of every mode, forms, images, frames, beacons,
 * streams and WebSockets. It runs in the page, so it uses nothing from outside.
 */
export async function attackFromPage(targets: Targets): Promise<readonly Attack[]> {
  const { bases, topic, stolen, command } = targets;
  const WAIT_MS = 30_000;
  const results: Attack[] = [];
  const within = <T>(what: Promise<T>): Promise<T | undefined> =>
    Promise.race([
      what.catch(() => undefined),
      new Promise<undefined>((resolve) => {
        setTimeout(() => resolve(undefined), WAIT_MS);
      }),
    ]);
  const send = async (name: string, url: string, init: RequestInit): Promise<void> => {
    const text = await within(
      fetch(url, { ...init, signal: AbortSignal.timeout(WAIT_MS) }).then(async (answer) =>
        answer.type === 'opaque' ? undefined : `${answer.status} ${await answer.text()}`,
      ),
    );
    results.push({ name: `${name} ${url}`, text });
  };
  const json = { 'content-type': 'application/json' };
  const program = JSON.stringify({ command });
  const record = JSON.stringify({ key: stolen, value: {} });
  const paths = ['/status', '/applications', '/graphql?query={__typename}', '/metrics', '/livez'];
  for (const at of bases) {
    const writes: [string, string, RequestInit][] = [];
    for (const mode of ['cors', 'no-cors'] as const) {
      for (const path of paths) {
        writes.push([`GET ${mode}`, at + path, { mode }]);
      }
      const create = `${at}/topic/${stolen}?keyType=string&valueType=string`;
      writes.push([`POST ${mode} without a body`, create, { method: 'POST', mode }]);
      for (const type of ['text/plain', 'text/plain;application/json', 'multipart/form-data', '']) {
        const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
        const body = (text: string): Blob => new Blob([text]);
        for (const [path, text] of [
          [`/topic/${stolen}?keyType=string&valueType=string`, '{}'],
          ['/application', program],
          [`/${topic}`, record],
          ['/graphql', '{"query":"{__typename}"}'],
        ] as const) {
          const post = { method: 'POST', mode, headers, body: body(text) };
          writes.push([`POST ${mode} ${type}`, at + path, post]);
        }
      }
    }
    for (const [method, path, body] of [
      ['PUT', `/application/${stolen}`, program],
      ['PUT', `/topic/${stolen}`, '{"key":"string","value":"json"}'],
      ['POST', `/${topic}`, record],
      ['DELETE', `/topic/${topic}`, undefined],
      ['DELETE', '/gateway/shop', undefined],
    ] as const) {
      writes.push([
        method,
        at + path,
        { method, headers: json, ...(body === undefined ? {} : { body }) },
      ]);
    }
    navigator.sendBeacon(`${at}/topic/${stolen}?keyType=string&valueType=string`);
    navigator.sendBeacon(`${at}/${topic}`, new Blob([record], { type: 'text/plain' }));
    await Promise.all(writes.map((write) => send(...write)));
  }
  const load = (tag: 'img' | 'script' | 'iframe', url: string): Promise<void> =>
    new Promise((resolve) => {
      const element = document.createElement(tag);
      const done = (): void => {
        let text: string | undefined;
        if (element instanceof HTMLIFrameElement) {
          try {
            text = element.contentDocument?.body.textContent ?? undefined;
          } catch {
            // Not readable.
          }
        }
        results.push({ name: `${tag} ${url}`, text });
        element.remove();
        resolve();
      };
      element.addEventListener('load', done, { once: true });
      element.addEventListener('error', done, { once: true });
      element.src = url;
      document.body.append(element);
    });
  const submit = (method: string, enctype: string, url: string): Promise<void> =>
    new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.name = `frame-${Math.random()}`;
      const form = document.createElement('form');
      Object.assign(form, { method, action: url, enctype, target: frame.name });
      const input = document.createElement('input');
      // As text/plain this is JSON: name=value.
      Object.assign(input, { name: record.slice(0, -1) + ',"x":"', value: '"}' });
      form.append(input);
      document.body.append(frame, form);
      frame.addEventListener('load', () => resolve(), { once: true });
      setTimeout(resolve, WAIT_MS);
      form.submit();
    });
  const open = (url: string): Promise<void> =>
    within(
      new Promise<string | undefined>((resolve) => {
        const socket = new WebSocket(url, 'graphql-transport-ws');
        socket.addEventListener('open', () => resolve('opened'));
        socket.addEventListener('error', () => resolve(undefined));
      }),
    ).then((text) => void results.push({ name: `WebSocket ${url}`, text }));
  const follow = (url: string): Promise<void> =>
    within(
      new Promise<string | undefined>((resolve) => {
        const source = new EventSource(url);
        source.addEventListener('open', () => resolve('opened'));
        source.addEventListener('error', () => {
          source.close();
          resolve(undefined);
        });
      }),
    ).then((text) => void results.push({ name: `EventSource ${url}`, text }));
  for (const base of bases) {
    await Promise.all([
      ...(['img', 'script', 'iframe'] as const).flatMap((tag) => [load(tag, `${base}/status`)]),
      ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'].flatMap(
        (type) => [
          submit('post', type, `${base}/topic/${stolen}?keyType=string&valueType=string`),
          submit('post', type, `${base}/${topic}`),
        ],
      ),
      ...['/graphql', '/graphql-ws'].map((path) => open(base.replace('http', 'ws') + path)),
      ...['/events', '/graphql?query=subscription{items{name}}'].map((path) => follow(base + path)),
    ]);
  }
  return results;
}
