import {
  isReservedName,
  isResourceName,
  RESOURCE_NAME_RULE,
} from '@quicksilver/contracts/control/resource-name';
import { AppError } from '@quicksilver/common/errors/app-error';
import { TOPIC_NAME_RULE, USER_TOPIC } from '@quicksilver/contracts/topics/topic-entry';
import type { ManifestProblem } from '@quicksilver/contracts/control/resource';
import { z } from 'zod';

// Members and names that several kinds have.

export const resourceName = z
  .string()
  .refine(isResourceName, RESOURCE_NAME_RULE)
  .refine(
    (name) => !isReservedName(name),
    'this name is reserved for a part of Quicksilver itself',
  );

export const topicName = z
  .string()
  .regex(USER_TOPIC, `${TOPIC_NAME_RULE}, and does not begin with two underscores`);

export const replicas = z.int().min(1).max(100).describe('Number of replicas. Default 1');
export const tag = z.string().min(1).max(128).describe('Tag of the image');

export function tagOf(tag: string | undefined): { readonly tag?: string } {
  return tag === undefined ? {} : { tag };
}

export const texts = z.record(z.string(), z.string());

export interface ResourceId {
  readonly kind: string;
  readonly name: string;
}

/** A resource that another one needs. */
export interface Use extends ResourceId {
  /** Whether a part of it is needed, which it may get only with its next change. */
  readonly isOfPart: boolean;
}

/** A column of a list of resources: a member of the answer of the manager, or of its member. */
export interface Column {
  readonly header: string;
  readonly member: string | readonly [member: string, inner: string];
  readonly text: string;
  /** Whether only `-o wide` shows it. */
  readonly isWide?: boolean;
}

export const NAME_COLUMN: Column = { header: 'NAME', member: 'name', text: 'Name' };
/** The columns of a kind that runs replicas. */
export const REPLICA_COLUMNS: readonly Column[] = [
  { header: 'REPLICAS', member: 'replicas', text: 'Desired number of replicas' },
  { header: 'TAG', member: 'tag', text: 'Image tag', isWide: true },
];

/** Throws `AppError('INVALID_SPEC')` with all problems, if there are any. */
export function requireNone(subject: string, problems: readonly ManifestProblem[]): void {
  if (problems.length > 0) {
    const texts = problems.map(({ path, message }) => [...path, message].join(': '));
    throw new AppError('INVALID_SPEC', `${subject} is invalid: ${texts.join('; ')}.`);
  }
}
