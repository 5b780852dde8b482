import { connect, type Socket } from 'node:net';
import type { ProxyMode, ProxyTarget } from './proxy-mode.ts';

export interface ProxiedConnectionOptions {
  readonly client: Socket;
  readonly target: ProxyTarget;
  readonly mode: ProxyMode;
  readonly onClosed: () => void;
}

/** What the target said and the client does not have yet; `undefined` is the end of it. */
interface DelayedAnswer {
  readonly releaseAt: number;
  readonly chunk: Buffer | undefined;
}

const DELAYED_ANSWERS_MAX = 4_096;

/** One client's connection through a `ToggleProxy`, and the connection to the target behind it. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #target: Socket;
  /** Resolves once both sides are closed. */
  readonly closed: Promise<void>;
  #delayed: DelayedAnswer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #mode: ProxyMode;
  #hangs = false;
  #hasLostBytes = false;

  constructor(options: ProxiedConnectionOptions) {
    this.#mode = options.mode;
    this.#client = options.client;
    this.#target = connect({ ...options.target, allowHalfOpen: true, noDelay: true });
    this.#client.on('data', (chunk: Buffer) => this.#request(chunk));
    this.#target.on('data', (chunk: Buffer) => this.#answer(chunk));
    this.#client.on('end', () => this.#request(undefined));
    this.#target.on('end', () => this.#answer(undefined));
    const sides = [this.#client, this.#target];
    for (const side of sides) {
      side.on('error', () => this.reset());
    }
    this.closed = Promise.all(sides.map((side) => closeOf(side))).then(() => {
      this.#loseDelayed();
      options.onClosed();
    });
    this.set(options.mode);
  }

  get hasLostBytes(): boolean {
    return this.#hasLostBytes;
  }

  set(mode: ProxyMode): void {
    this.#mode = mode;
    if (this.#hangs && mode !== 'refuse') {
      return;
    }
    const healsBadly = this.#hasLostBytes && mode !== 'blackhole' && mode !== 'half_open';
    if (mode === 'reset' || mode === 'refuse' || healsBadly) {
      this.reset();
      return;
    }
    if (mode === 'blackhole' || mode === 'half_open') {
      this.#loseDelayed();
    }
    this.#flow();
  }

  /** Nothing goes through from now on, whatever the mode. */
  hang(): void {
    this.#hangs = true;
    this.#loseDelayed();
    this.#flow();
  }

  /** Both ends hear a RST, as from a machine that has restarted. */
  reset(): void {
    this.#loseDelayed();
    this.#client.resetAndDestroy();
    this.#target.resetAndDestroy();
  }

  #request(chunk: Buffer | undefined): void {
    if (this.#hangs || this.#mode === 'blackhole') {
      this.#hasLostBytes = true;
    } else {
      this.#write(this.#target, this.#client, chunk);
    }
  }

  #answer(chunk: Buffer | undefined): void {
    if (this.#hangs || this.#mode === 'blackhole' || this.#mode === 'half_open') {
      this.#hasLostBytes = true;
    } else if (typeof this.#mode !== 'object' && this.#delayed.length === 0) {
      this.#write(this.#client, this.#target, chunk);
    } else {
      const { latencyMs = 0, jitterMs = 0 } = typeof this.#mode === 'object' ? this.#mode : {};
      const delayMs = Math.max(0, latencyMs + jitterMs * (Math.random() * 2 - 1));
      // Never before what came earlier, though the delay may have become shorter since.
      const earliest = this.#delayed.at(-1)?.releaseAt ?? 0;
      const releaseAt = Math.max(performance.now() + delayMs, earliest);
      this.#delayed.push({ releaseAt, chunk });
      this.#flow();
      this.#armTimer();
    }
  }

  #armTimer(): void {
    const next = this.#delayed[0];
    if (this.#timer !== undefined || next === undefined) {
      return;
    }
    const waitMs = Math.max(0, Math.ceil(next.releaseAt - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#delayed.shift();
      this.#write(this.#client, this.#target, next.chunk);
      this.#flow();
      this.#armTimer();
    }, waitMs);
  }

  #write(to: Socket, from: Socket, chunk: Buffer | undefined): void {
    if (chunk === undefined) {
      to.end();
    } else if (!to.write(chunk)) {
      from.pause();
      to.once('drain', () => this.#flow());
    }
  }

  /** Reads from each side unless it stalls or the other side has not taken what came before. */
  #flow(): void {
    const stalls = this.#mode === 'stall' && !this.#hangs;
    toggle(this.#client, !stalls && !this.#target.writableNeedDrain);
    const hasRoom = this.#delayed.length < DELAYED_ANSWERS_MAX && !this.#client.writableNeedDrain;
    toggle(this.#target, !stalls && hasRoom);
  }

  #loseDelayed(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#hasLostBytes ||= this.#delayed.length > 0;
    this.#delayed = [];
  }
}

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function toggle(socket: Socket, reads: boolean): void {
  if (reads) {
    socket.resume();
  } else {
    socket.pause();
  }
}
