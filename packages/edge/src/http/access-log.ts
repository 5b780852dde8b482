import type { Log } from '@quicksilver/common/lifecycle/log';

import type { EdgeMetrics } from '../metrics.ts';
import type { RouteKind } from '../route/route.ts';

export interface Access {
  readonly method: string;
  /** `none` if the URL matches no route. */
  readonly route: RouteKind | 'none';
  readonly status: number;
  /** False if one side disconnected early. */
  readonly isWhole: boolean;
  readonly ms: number;
  /** Bytes sent to the client, including headers. */
  readonly bytes: number;
}

/** One line per request. Path and query are left out because they contain keys of records. */
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
