import { DEFINITIONS, RESOURCE_KINDS, type ResourceKind } from '@quicksilver/resources/kinds';
import { z } from 'zod';

import { findTarget, type Target } from '../context/target.ts';
import type { CommandCall } from '../grammar/command-call.ts';
import { CliError } from '../output/cli-error.ts';
import { createSender, type HttpCall, type HttpSender } from './http-call.ts';

const knownStatus = z.looseObject({
  state: z.string(),
  reason: z.string().optional(),
  progress: z.number().optional(),
  observedVersion: z.number().optional(),
  warnings: z.array(z.string()).default([]),
});
/** The status is null until the first reconciliation of the resource. */
const status = knownStatus.nullish().transform((value) => value ?? undefined);

/** All members of a resource, and its status. */
const description = z.looseObject({ name: z.string(), status });

const applyAnswer = z.object({
  result: z.enum(['created', 'configured', 'unchanged']),
  resource: z.looseObject({ version: z.number(), spec: z.record(z.string(), z.unknown()) }),
  warnings: z.array(z.string()).default([]),
});

const overview = z.object({
  manager: z.object({ isLeader: z.boolean(), isCurrent: z.boolean() }).optional(),
  resources: z.array(
    z.looseObject({
      kind: z.enum(RESOURCE_KINDS),
      name: z.string(),
      version: z.number(),
      isDeleting: z.boolean().default(false),
      status,
    }),
  ),
});

export type Description = Readonly<z.infer<typeof description>>;
export type ApplyAnswer = Readonly<z.infer<typeof applyAnswer>>;
export type Overview = Readonly<z.infer<typeof overview>>;

/** The part of the manager's REST API that the command uses. Every method throws `CliError`. */
export interface ManagerClient {
  readonly target: Target;
  readonly http: HttpSender;
  list(kind: ResourceKind): Promise<readonly Description[]>;
  describe(kind: ResourceKind, name: string): Promise<Description>;
  put(kind: ResourceKind, name: string, spec: unknown, isDryRun: boolean): Promise<ApplyAnswer>;
  remove(kind: ResourceKind, name: string, isForced: boolean): Promise<void>;
  overview(): Promise<Overview>;
  /** Sends a request to a path of the manager. */
  call(path: string, call?: Pick<HttpCall, 'method' | 'json' | 'headers'>): Promise<Response>;
  /** Like `call`, and parses the answer as JSON. */
  read(path: string): Promise<unknown>;
  readAs<T>(form: z.ZodType<T>, path: string, call?: Pick<HttpCall, 'method' | 'json'>): Promise<T>;
}

export async function openManager(call: CommandCall): Promise<ManagerClient> {
  const target = await findTarget(call.options, call.around);
  printTarget(target, call);
  return managerAt(target, createSender(target, call.around, call.options.flag('debug')));
}

/**
 * Scripts compare the whole output of quick-cli, so its commands print the deployment at a terminal
 * only. With `-o json` and `jsonl` standard error has JSON only.
 */
function printTarget({ name, managerUrl }: Target, { row, output, around }: CommandCall): void {
  const { stderr } = around;
  const isForPrograms =
    output.format === 'json' ||
    output.format === 'jsonl' ||
    (row.group === 'bakdata' && stderr.isTTY !== true);
  if (row.isChange === true && !isForPrograms) {
    const isNamed = !managerUrl.startsWith(name);
    stderr.write(`Deployment: ${isNamed ? `${name} (${managerUrl})` : managerUrl}\n`);
  }
}

export function managerAt(target: Target, http: HttpSender): ManagerClient {
  const callManager: ManagerClient['call'] = async (path, more = {}) =>
    await http.send({ ...more, url: `${target.managerUrl}${path}`, server: 'the manager' });
  const read = async (path: string): Promise<unknown> => await jsonOf(await callManager(path));
  return {
    target,
    http,
    call: callManager,
    read,
    readAs: async (form, path, more) => parseAs(form, await jsonOf(await callManager(path, more))),
    list: async (kind) => parseAs(z.array(description), await read(DEFINITIONS[kind].listPath)),
    describe: async (kind, name) => parseAs(description, await read(pathOf(kind, name))),
    put: async (kind, name, spec, isDryRun) => {
      const path = `${pathOf(kind, name)}${isDryRun ? '?dryRun=true' : ''}`;
      return parseAs(
        applyAnswer,
        await jsonOf(await callManager(path, { method: 'PUT', json: spec })),
      );
    },
    remove: async (kind, name, isForced) => {
      const path = DEFINITIONS[kind].deletePath(name);
      await callManager(`${path}${isForced ? '?force=true' : ''}`, { method: 'DELETE' });
    },
    overview: async () => parseAs(overview, await read('/status')),
  };
}

export function isLive(live: Overview, kind: ResourceKind, name: string): boolean {
  return live.resources.some((each) => each.kind === kind && each.name === name);
}

function pathOf(kind: ResourceKind, name: string): string {
  return `/${kind}/${encodeURIComponent(name)}`;
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable('it is not JSON', cause);
  }
}

function parseAs<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) {
    throw unusable(z.prettifyError(result.error), result.error);
  }
  return result.data;
}

function unusable(why: string, cause: unknown): CliError {
  return new CliError(`The answer of the manager is invalid: ${why}`, {
    code: 'UNUSABLE_ANSWER',
    hint: 'The address may belong to another program. To check it, run: quick context describe',
    cause,
  });
}
