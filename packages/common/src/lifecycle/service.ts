import type { Part } from './part.ts';

/** A service, as its `assemble.ts` returns it. */
export interface Service {
  /** In start order. */
  readonly parts: readonly Part[];
  /** `host:port`, once started. */
  address(): string;
  opsAddress(): string;
  /** Counts a rejected promise that no code handled. */
  rejectionUnhandled(): void;
}
