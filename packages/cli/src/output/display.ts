/** A terminal or a file that people read. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface DisplayOptions {
  readonly screen: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

const PLAIN_EVERY_MS = 2_000;
const CLEAR_LINE = '\r\u001B[2K';

/**
 * Shows the progress of a start. On a terminal it overwrites one line. Elsewhere (a file, a pipe,
 * CI, `TERM=dumb`) it prints a plain line for each step, and updates it at most every two seconds.
 * It uses no colours, so `NO_COLOR` has no effect.
 */
export class Display {
  readonly #options: DisplayOptions;
  readonly #isLive: boolean;
  #hasStatus = false;
  #lastLabel = '';
  #lastPrintedAt = 0;

  constructor(options: DisplayOptions) {
    const { screen, env } = options;
    this.#options = options;
    this.#isLive = screen.isTTY === true && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === '';
  }

  /** Shows the current work and its progress. The next status or line replaces it. */
  status(label: string, detail = ''): void {
    const { screen, now } = this.#options;
    const text = detail === '' ? `${label} …` : `${label}: ${detail}`;
    if (this.#isLive) {
      // A wrapped line could not be overwritten.
      screen.write(CLEAR_LINE + text.slice(0, Math.max(10, (screen.columns ?? 80) - 1)));
      this.#hasStatus = true;
      return;
    }
    if (label !== this.#lastLabel || now() - this.#lastPrintedAt >= PLAIN_EVERY_MS) {
      screen.write(`${text}\n`);
      this.#lastLabel = label;
      this.#lastPrintedAt = now();
    }
  }

  /** Prints a line that stays. */
  line(text: string): void {
    this.clear();
    this.#options.screen.write(`${text}\n`);
  }

  clear(): void {
    if (this.#hasStatus) {
      this.#options.screen.write(CLEAR_LINE);
      this.#hasStatus = false;
    }
  }
}
