import { AppError } from '@quicksilver/common/errors/app-error';
import type { AbstractType } from '@quicksilver/definition/abstract-type';

import { recordField } from '../resolve/record-field.ts';

/**
 * The type of a record in an interface or a union, from its discriminator. Without a discriminator
 * it comes from `__typename` in the record, or is the only type whose required fields are all
 * present. Throws `AppError` if there is no such type.
 */
export function typeOfRecord(abstract: AbstractType, record: unknown): string {
  const { name, discriminator, members } = abstract;
  const field = discriminator ?? '__typename';
  const value = recordField(record, field);
  if (value !== undefined && value !== null) {
    const member = members.find(
      (each) => value === (discriminator === undefined ? each.typeName : each.value),
    );
    if (member !== undefined) {
      return member.typeName;
    }
    throw mismatch(abstract, `its ${field} is ${excerpt(value)}`);
  }
  if (discriminator !== undefined) {
    throw mismatch(abstract, `it has no ${discriminator}`);
  }
  const fitting = members.filter(({ required }) =>
    required.every((needed) => (recordField(record, needed) ?? null) !== null),
  );
  const [only] = fitting;
  if (only === undefined || fitting.length > 1) {
    const names = fitting.map(({ typeName }) => typeName).join(' and ');
    throw mismatch(
      abstract,
      `it has no __typename and fits ${names === '' ? 'none of them' : names}. Add a @discriminator to ${name}`,
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
    `Expected a record for ${name} to be one of ${expected.join(', ')}, but ${why}.`,
  );
}

function excerpt(value: unknown): string {
  return (JSON.stringify(value) ?? '').slice(0, 60).toWellFormed();
}
