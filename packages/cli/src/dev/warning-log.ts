export interface ResourceWarnings {
  /** Such as `mirror/orders`. */
  readonly resource: string;
  readonly warnings: readonly string[];
}

/** Milliseconds until another text of the same resource is printed. Doubled with each. */
const PAUSE_MS = 10_000;

interface Printed {
  readonly text: string;
  readonly nextMs: number;
  readonly pauseMs: number;
}

/**
 * Decides which warnings of resources are printed: each at once, and a changed text, such as a
 * greater count, after a pause that doubles. So a long run does not repeat them endlessly.
 */
export class WarningLog {
  readonly #printed = new Map<string, Printed>();

  /** The lines to print now. `nowMs` is monotonic. */
  lines(all: readonly ResourceWarnings[], nowMs: number): string[] {
    const lines: string[] = [];
    for (const { resource, warnings } of all) {
      const text = warnings.map((warning) => `Warning: ${resource}: ${warning}`).join('\n');
      const before = this.#printed.get(resource);
      if (text === '' || text === before?.text || nowMs < (before?.nextMs ?? 0)) {
        continue;
      }
      const pauseMs = before === undefined ? PAUSE_MS : before.pauseMs * 2;
      this.#printed.set(resource, { text, nextMs: nowMs + pauseMs, pauseMs });
      lines.push(text);
    }
    return lines;
  }
}
