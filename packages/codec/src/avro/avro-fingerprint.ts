import { createHash } from 'node:crypto';

import avsc, { type Type } from 'avsc';

import { DecimalType } from './decimal-type.ts';

/**
 * The same for all schemas by which bytes mean the same JSON, however they are written down: what
 * values are read without (documentation, defaults, aliases, precision) does not count.
 */
export function fingerprintOf(type: Type): string {
  const shape = JSON.stringify(shapeOf(type, new Set()));
  return createHash('sha256').update(shape).digest('hex');
}

/** A named type is told once and by its name from then on: it may contain itself. */
function shapeOf(type: Type, told: Set<string>): unknown {
  if (type instanceof DecimalType) {
    return ['decimal', type.scale, shapeOf(type.underlyingType, told)];
  }
  if (type instanceof avsc.types.WrappedUnionType) {
    return ['union', type.types.map((branch) => shapeOf(branch, told))];
  }
  if (type instanceof avsc.types.ArrayType) {
    return ['array', shapeOf(type.itemsType, told)];
  }
  if (type instanceof avsc.types.MapType) {
    return ['map', shapeOf(type.valuesType as Type, told)];
  }
  const { name } = type;
  if (name === undefined || told.has(name)) {
    return name ?? type.typeName;
  }
  told.add(name);
  return [type.typeName, name, bodyOf(type, told)];
}

function bodyOf(type: Type, told: Set<string>): unknown {
  if (type instanceof avsc.types.RecordType) {
    return type.fields.map((field) => [field.name, shapeOf(field.type, told)]);
  }
  if (type instanceof avsc.types.EnumType) {
    return type.symbols;
  }
  return type instanceof avsc.types.FixedType ? type.size : undefined;
}
