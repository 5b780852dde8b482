import type { Part } from './part.ts';

/** What `assemble.ts` of each service makes. */
export interface Service {
  /** In the order of their start. */
  readonly parts: readonly Part[];
  /** `host:port`, once started. */
  address(): string;
  opsAddress(): string;
  /** Counts a rejected promise that no code handled. */
  rejectionUnhandled(): void;
}
