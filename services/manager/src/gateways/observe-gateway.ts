import { observationOf } from '../reconcile/replica-status.ts';
import type { Observation } from '../reconcile/resource-state.ts';
import type { WorkloadState } from '../runtime/runtime.ts';

/** What a replica reports at `GET /control/status` on its ops port. */
export interface GatewayReport {
  readonly schemaVersion: number | null;
  readonly bindings: readonly {
    readonly field: string;
    readonly topic: string;
    readonly state: 'ready' | 'pending' | 'invalid';
    readonly reason?: string | undefined;
  }[];
  readonly refused?: { readonly version: number; readonly reason: string } | undefined;
}

/** Resolves to undefined if the replica does not respond in time. */
export type ProbeGateway = (
  opsAddress: string,
  signal: AbortSignal,
) => Promise<GatewayReport | undefined>;

export interface ObserveGatewayOptions {
  readonly version: number;
  /** The schema version that every replica should serve. Null if the gateway has no schema. */
  readonly schemaVersion: number | null;
  readonly observedBefore: number | undefined;
  readonly state: WorkloadState | undefined;
  readonly probe: ProbeGateway;
  readonly signal: AbortSignal;
}

/**
 * A version of a gateway takes effect once every ready replica serves its schema. Until then the
 * previous version counts as observed.
 */
export async function observeGateway(options: ObserveGatewayOptions): Promise<Observation> {
  const { state, schemaVersion, observedBefore, version, probe, signal } = options;
  const seen = observationOf(state);
  const ready = (state?.replicas ?? []).filter((replica) => replica.state === 'ready');
  const reports = await Promise.all(
    ready.map(async ({ opsAddress }) =>
      opsAddress === undefined ? undefined : await probe(opsAddress, signal),
    ),
  );
  const refused = reports.find((report) => report?.refused !== undefined)?.refused;
  if (refused !== undefined && refused.version >= (schemaVersion ?? 0)) {
    const reason = `The gateway cannot serve the schema: ${refused.reason}`;
    return { ...seen, finding: 'impaired', reason };
  }
  const late = reports.filter((report) => !serves(report, schemaVersion)).length;
  if (late > 0) {
    // A gateway that served before keeps its old schema, so no requests fail meanwhile.
    const reason = `${late} of ${ready.length} replicas do not serve the current schema yet.`;
    const isFirst = observedBefore === undefined;
    return isFirst
      ? { ...seen, finding: 'starting', reason }
      : {
          ...seen,
          finding: 'untouched',
          reason,
          observedVersion: Math.min(observedBefore, version),
        };
  }
  const warnings = warningsOf(reports);
  const open = warnings[0];
  return seen.finding === 'serving' && open !== undefined
    ? { ...seen, finding: 'impaired', reason: open, warnings }
    : { ...seen, warnings };
}

function serves(report: GatewayReport | undefined, version: number | null): boolean {
  if (report === undefined) {
    return false;
  }
  return version === null
    ? report.schemaVersion === null
    : report.schemaVersion !== null && report.schemaVersion >= version;
}

function warningsOf(reports: readonly (GatewayReport | undefined)[]): string[] {
  const texts = reports.flatMap((report) =>
    (report?.bindings ?? [])
      .filter(({ state }) => state !== 'ready')
      .map(
        ({ field, topic, reason }) =>
          reason ??
          `Topic ${topic} does not exist yet. Field ${field} returns errors until the topic is created.`,
      ),
  );
  return [...new Set(texts)];
}
