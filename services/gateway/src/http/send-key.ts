/** The members of a browser that the script uses. The compiler knows those of Node only. */
interface Browser {
  fetch: typeof fetch;
  readonly document: {
    createElement(name: string): BrowserElement;
    readonly body: BrowserElement;
  };
}

interface BrowserElement {
  textContent: string;
  type: string;
  value: string;
  autocomplete: string;
  append(...children: readonly BrowserElement[]): void;
  remove(): void;
  showModal(): void;
  addEventListener(type: string, listener: (event: { readonly key?: string }) => void): void;
}

/**
 * Runs in the page of GraphiQL, as source text: it uses nothing from outside. If a request is
 * rejected with 401, it asks for the API key and repeats the request. The key is in memory only,
 * until the page is closed.
 */
export function sendKey(): void {
  const page = globalThis as unknown as Browser;
  const send = page.fetch.bind(globalThis);
  let key: string | undefined;
  let question: Promise<string | undefined> | undefined;

  const ask = (isWrong: boolean): Promise<string | undefined> =>
    new Promise((resolve) => {
      const { document } = page;
      const dialog = document.createElement('dialog');
      const label = document.createElement('label');
      const input = document.createElement('input');
      const button = document.createElement('button');
      label.textContent = isWrong ? 'This API key is invalid. API key: ' : 'API key: ';
      input.type = 'password';
      input.autocomplete = 'off';
      button.textContent = 'Use key';
      const end = (text: string | undefined): void => {
        dialog.remove();
        resolve(text);
      };
      button.addEventListener('click', () => end(input.value));
      input.addEventListener('keydown', (event) => event.key === 'Enter' && end(input.value));
      dialog.addEventListener('cancel', () => end(undefined));
      label.append(input);
      dialog.append(label, button);
      document.body.append(dialog);
      dialog.showModal();
    });

  page.fetch = async (input, init = {}) => {
    for (;;) {
      const sent = key;
      const headers = new Headers(init.headers);
      if (sent !== undefined && !headers.has('X-API-Key')) {
        headers.set('X-API-Key', sent);
      }
      const response = await send(input, { ...init, headers });
      if (response.status !== 401) {
        return response;
      }
      if (key === sent) {
        // Several requests at once share one question.
        question ??= ask(sent !== undefined).finally(() => (question = undefined));
        const answer = await question;
        if (answer === undefined) {
          return response;
        }
        key = answer.trim();
      }
    }
  };
}
