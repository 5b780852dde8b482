import type { Log } from '@quicksilver/common/lifecycle/log';

import type { EdgeMetrics } from '../metrics.ts';
import type { RouteKind } from '../route/route.ts';

export interface Access {
  readonly method: string;
  /** `none` where the URL leads nowhere. */
  readonly route: RouteKind | 'none';
  readonly status: number;
  /** False where one side left before its end. */
  readonly isWhole: boolean;
  readonly ms: number;
  /** Sent to the client, heads included. */
  readonly bytes: number;
}

/** One line per request. No path and no query is in it: they hold keys of records. */
export class AccessLog {
  readonly #log: Log;
  readonly #metrics: EdgeMetrics;

  constructor(log: Log, metrics: EdgeMetrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  write(access: Access): void {
    this.#metrics.answered(access.route, access.status, access.isWhole);
    this.#log.debug({ ...access, ms: Math.round(access.ms * 10) / 10 }, 'request');
  }
}
