import { AppError } from '@quicksilver/common/errors/app-error';
import type { AbstractType } from '@quicksilver/definition/abstract-type';

import { recordField } from '../resolve/record-field.ts';

/**
 * Which type of an interface or a union a record has: what its discriminator says; else what
 * `__typename` in the record says; else the only type whose fields that cannot be null are all there.
 * Nothing is guessed. Throws `AppError`.
 */
export function typeOfRecord(abstract: AbstractType, record: unknown): string {
  const { name, discriminator, members } = abstract;
  const field = discriminator ?? '__typename';
  const told = recordField(record, field);
  if (told !== undefined && told !== null) {
    const member = members.find(
      ({ typeName, value }) => told === (discriminator === undefined ? typeName : value),
    );
    if (member !== undefined) {
      return member.typeName;
    }
    throw mismatch(abstract, `its ${field} is ${excerpt(told)}`);
  }
  if (discriminator !== undefined) {
    throw mismatch(abstract, `it has no ${discriminator}`);
  }
  const fitting = members.filter(({ required }) =>
    required.every((needed) => (recordField(record, needed) ?? null) !== null),
  );
  const [only] = fitting;
  if (only === undefined || fitting.length > 1) {
    const found = fitting.map(({ typeName }) => typeName).join(' and ');
    throw mismatch(
      abstract,
      `it has no __typename and fits ${found === '' ? 'none of them' : found}. A @discriminator on ${name} would tell them apart`,
    );
  }
  return only.typeName;
}

function mismatch({ name, discriminator, members }: AbstractType, why: string): AppError {
  const expected = members.map(({ typeName, value }) =>
    discriminator === undefined || value === typeName
      ? typeName
      : `${typeName} (${JSON.stringify(value)})`,
  );
  return new AppError(
    'TYPE_MISMATCH',
    `A record for ${name} has to be one of ${expected.join(', ')}, but ${why}.`,
  );
}

function excerpt(value: unknown): string {
  return (JSON.stringify(value) ?? '').slice(0, 60).toWellFormed();
}
