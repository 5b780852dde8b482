import {
  isUnlimitedAdmin,
  permits,
  type Caller,
  type Right,
} from '@quicksilver/common/access/caller';
import { claimAt } from '@quicksilver/common/access/claim-at';
import type { AccessRule, ScopeGroups } from '@quicksilver/definition/access-rule';
import type { Binding } from '@quicksilver/definition/binding';
import type { Definition } from '@quicksilver/definition/parse-definition';

/** What one caller may do with one schema. Every execution of operations consults it. */
export interface CallerAccess {
  readonly caller: Caller;
  /** Two callers with the same key get the same result for every operation of the schema. */
  readonly permissionsKey: string;
  /** The coordinates (`Type.field`) that are denied, each with the reason. */
  readonly denied: ReadonlyMap<string, string>;
}

/** What a field needs. */
interface FieldNeed {
  readonly coordinate: string;
  readonly rule?: AccessRule;
  /** What a field with a directive does. Without a topic it calls a REST service. */
  readonly access?: { readonly right: Right; readonly topics: readonly (string | undefined)[] };
}

type AccessDefinition = Pick<
  Definition,
  'schema' | 'bindings' | 'follows' | 'rests' | 'accessRules'
>;

/** Kept results for sets of rights. There are few of these; an excess starts over. */
const SETS_MAX = 1_000;

/** The rules of one schema for every caller. */
export class SchemaAccess {
  readonly #gateway: string;
  readonly #needs: readonly FieldNeed[];
  /** The claims on which results depend. */
  readonly #claims: readonly string[];
  readonly #byCaller = new WeakMap<Caller, CallerAccess>();
  readonly #deniedBy = new Map<string, CallerAccess['denied']>();

  constructor(definition: AccessDefinition, gateway: string) {
    this.#gateway = gateway;
    this.#needs = fieldNeeds(definition);
    this.#claims = claimsOf(definition);
  }

  of(caller: Caller): CallerAccess {
    const known = this.#byCaller.get(caller);
    if (known !== undefined) {
      return known;
    }
    const { permissionsKey: rights } = caller;
    const claims = this.#claims.map((claim) => claimAt(caller.claims, claim) ?? null);
    const access: CallerAccess = {
      caller,
      permissionsKey: claims.length === 0 ? rights : JSON.stringify([rights, claims]),
      denied: this.#deniedFor(caller),
    };
    this.#byCaller.set(caller, access);
    return access;
  }

  #deniedFor(caller: Caller): CallerAccess['denied'] {
    const { permissionsKey: rights } = caller;
    const known = this.#deniedBy.get(rights);
    if (known !== undefined) {
      return known;
    }
    if (this.#deniedBy.size >= SETS_MAX) {
      this.#deniedBy.clear();
    }
    const denied = deniedFields(this.#needs, caller, this.#gateway);
    this.#deniedBy.set(rights, denied);
    return denied;
  }
}

/** The denied coordinates of a schema for a caller, each with the reason. */
function deniedFields(
  needs: readonly FieldNeed[],
  caller: Caller,
  gateway: string,
): CallerAccess['denied'] {
  const denied = new Map<string, string>();
  for (const need of needs) {
    const reason = ruleReason(need, caller) ?? grantReason(need, caller, gateway);
    if (reason !== undefined) {
      denied.set(need.coordinate, reason);
    }
  }
  return denied;
}

function ruleReason({ coordinate, rule }: FieldNeed, caller: Caller): string | undefined {
  if (rule === undefined || hasEveryScope(caller)) {
    return undefined;
  }
  if (rule.isAuthenticated && !caller.isAuthenticated) {
    return `${coordinate} is for users who are logged in. Send a token in Authorization: Bearer.`;
  }
  const missing = rule.scopes.find((groups) => !hasOneGroup(caller, groups));
  return (
    missing && `${coordinate} needs the scopes ${scopesText(missing)}. Use credentials with them.`
  );
}

function hasEveryScope({ kind, grants }: Caller): boolean {
  return kind !== 'anonymous' && isUnlimitedAdmin(grants);
}

function hasOneGroup({ scopes }: Caller, groups: ScopeGroups): boolean {
  return groups.some((group) => group.every((scope) => scopes.has(scope)));
}

function scopesText(groups: ScopeGroups): string {
  return groups.map((group) => group.join(' and ')).join(', or ');
}

function grantReason(
  { coordinate, access }: FieldNeed,
  caller: Caller,
  gateway: string,
): string | undefined {
  const { right = 'read', topics = [] } = access ?? {};
  const missing = topics.filter((topic) => !permits(caller, { right, gateway, topic }));
  return missing.length === 0
    ? undefined
    : `${coordinate} needs the right to ${right}${missing[0] === undefined ? '' : ` topic ${missing[0]}`}. Use credentials with it.`;
}

function fieldNeeds({
  schema,
  bindings,
  follows,
  rests,
  accessRules,
}: AccessDefinition): readonly FieldNeed[] {
  const needs = new Map<string, FieldNeed>();
  const add = (
    { typeName, fieldName }: { readonly typeName: string; readonly fieldName: string },
    need: Pick<FieldNeed, 'rule' | 'access'>,
  ): void => {
    const coordinate = `${typeName}.${fieldName}`;
    needs.set(coordinate, { ...needs.get(coordinate), ...need, coordinate });
  };
  for (const binding of bindings) {
    const right = binding.kind === 'write' ? 'write' : 'read';
    add(binding, { access: { right, topics: [binding.topic] } });
  }
  for (const follow of follows) {
    const topics = follow.fields.map(({ topic }) => topic);
    add(follow, { access: { right: 'read', topics } });
  }
  for (const rest of rests) {
    const right = rest.typeName === schema.getMutationType()?.name ? 'write' : 'read';
    add(rest, { access: { right, topics: [undefined] } });
  }
  for (const rule of accessRules) {
    add(rule, { rule });
  }
  return [...needs.values()];
}

function claimsOf({ bindings }: AccessDefinition): readonly string[] {
  const names = bindings.flatMap((binding) => [
    ...(binding.where === undefined ? [] : [binding.where.claim]),
    ...keyClaimOf(binding),
  ]);
  return [...new Set(names)].toSorted();
}

function keyClaimOf(binding: Binding): readonly string[] {
  if (binding.kind === 'write') {
    return binding.keyOf === 'claim' ? [binding.keyArgument] : [];
  }
  const key =
    binding.kind === 'follow' ? binding.key : 'argumentOf' in binding ? binding : undefined;
  return key?.argumentOf === 'claim' ? [key.argument] : [];
}
