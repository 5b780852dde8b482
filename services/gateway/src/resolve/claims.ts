import { claimAt } from '@quicksilver/common/access/claim-at';
import { AppError } from '@quicksilver/common/errors/app-error';
import { isJsonNumber } from '@quicksilver/common/numbers/exact-number';
import type { Binding, ClaimFilter } from '@quicksilver/definition/binding';

import type { GatewayContext } from './gateway-context.ts';
import type { Resolver } from './read-resolver.ts';
import { valueAt } from './value-at.ts';

/** The values of a claim as texts: one, or those of a list. Throws `AppError('FORBIDDEN')`. */
function claimTexts({ access }: GatewayContext, claim: string): readonly string[] {
  const value = claimAt(access.caller.claims, claim);
  const texts = (Array.isArray(value) ? value : [value]).flatMap(textOf);
  if (texts.length === 0) {
    throw new AppError(
      'FORBIDDEN',
      `This field needs the claim ${claim}, but the credentials have none. Send a token with it.`,
    );
  }
  return texts;
}

/** The key in a claim. An argument of the type `ID` has the same form. */
export function claimKey(context: GatewayContext, claim: string): string {
  const [text = '', ...more] = claimTexts(context, claim);
  if (more.length > 0) {
    throw new AppError(
      'FORBIDDEN',
      `This field needs one key in the claim ${claim}, but the claim is a list. Use another claim.`,
    );
  }
  return text;
}

/** Empty for what is no text, boolean or exact number. */
function textOf(value: unknown): readonly string[] {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return [];
  }
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return [];
  }
  return typeof value === 'string' || typeof value === 'boolean' || isJsonNumber(value)
    ? [String(value)]
    : [];
}

/** Whether a record is visible to the caller. A missing member is not. */
export type IsVisible = (record: unknown) => boolean;

export function visibilityOf({ path, claim }: ClaimFilter, context: GatewayContext): IsVisible {
  const texts = new Set(claimTexts(context, claim));
  return (record) => {
    const value = valueAt(record, path);
    return (Array.isArray(value) ? value : [value]).flatMap(textOf).some((text) => texts.has(text));
  };
}

/** Leaves out the records that the caller may not see. A single one, or one by its key, is null. */
export function visibleOnly(binding: Binding, resolver: Resolver): Resolver {
  const { where } = binding;
  if (where === undefined) {
    return resolver;
  }
  const keepsPlaces = 'dropsMissing' in binding && !binding.dropsMissing;
  return async (source, args, context, info) => {
    const isVisible = visibilityOf(where, context);
    const result: unknown = await resolver(source, args, context, info);
    if (Array.isArray(result)) {
      return keepsPlaces
        ? result.map((record: unknown) => (isVisible(record) ? record : null))
        : result.filter(isVisible);
    }
    if (isPage(binding, result)) {
      return { ...result, edges: result.edges.filter(({ node }) => isVisible(node)) };
    }
    return isVisible(result) ? result : null;
  };
}

interface Page {
  readonly edges: readonly { readonly node: unknown }[];
}

function isPage({ kind }: Binding, result: unknown): result is Page {
  return (kind === 'all-pages' || kind === 'range-pages') && result !== null;
}
