import { createHash } from 'node:crypto';

import avsc, { type Type } from 'avsc';

import { DecimalType } from './decimal-type.ts';

/**
 * A hash that is the same for all schemas that read bytes as the same JSON. Parts that do not
 * affect reading (documentation, defaults, aliases, precision) are ignored.
 */
export function fingerprintOf(type: Type): string {
  const shape = JSON.stringify(shapeOf(type, new Set()));
  return createHash('sha256').update(shape).digest('hex');
}

/** A named type is described once, and by its name after that, because it may contain itself. */
function shapeOf(type: Type, described: Set<string>): unknown {
  if (type instanceof DecimalType) {
    return ['decimal', type.scale, shapeOf(type.underlyingType, described)];
  }
  if (type instanceof avsc.types.WrappedUnionType) {
    return ['union', type.types.map((branch) => shapeOf(branch, described))];
  }
  if (type instanceof avsc.types.ArrayType) {
    return ['array', shapeOf(type.itemsType, described)];
  }
  if (type instanceof avsc.types.MapType) {
    return ['map', shapeOf(type.valuesType as Type, described)];
  }
  const { name } = type;
  if (name === undefined || described.has(name)) {
    return name ?? type.typeName;
  }
  described.add(name);
  return [type.typeName, name, bodyOf(type, described)];
}

function bodyOf(type: Type, described: Set<string>): unknown {
  if (type instanceof avsc.types.RecordType) {
    return type.fields.map((field) => [field.name, shapeOf(field.type, described)]);
  }
  if (type instanceof avsc.types.EnumType) {
    return type.symbols;
  }
  return type instanceof avsc.types.FixedType ? type.size : undefined;
}
