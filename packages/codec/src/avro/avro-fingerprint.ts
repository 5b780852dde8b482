import { createHash } from 'node:crypto';

import type { AvroType, NamedType } from './avro-type.ts';

/**
 * A hash that is the same for all schemas that read bytes as the same JSON. Parts that do not
 * affect reading (documentation, defaults, aliases, precision) are ignored.
 */
export function fingerprintOf(type: AvroType): string {
  const shape = JSON.stringify(shapeOf(type, new Set()));
  return createHash('sha256').update(shape).digest('hex');
}

/** A named type is described once, and by its name after that, because it may contain itself. */
function shapeOf(type: AvroType, described: Set<string>): unknown {
  switch (type.kind) {
    case 'union':
      return ['union', type.branches.map((branch) => shapeOf(branch, described))];
    case 'array':
      return ['array', shapeOf(type.items, described)];
    case 'map':
      return ['map', shapeOf(type.values, described)];
    case 'bytes':
      return type.decimal === undefined ? 'bytes' : ['decimal', type.decimal.scale, 'bytes'];
    case 'fixed':
      return type.decimal === undefined
        ? namedShape(type, described)
        : ['decimal', type.decimal.scale, namedShape(type, described)];
    case 'record':
    case 'enum':
      return namedShape(type, described);
    default:
      return type.kind;
  }
}

function namedShape(type: NamedType, described: Set<string>): unknown {
  if (described.has(type.name)) {
    return type.name;
  }
  described.add(type.name);
  return [type.kind, type.name, bodyOf(type, described)];
}

function bodyOf(type: NamedType, described: Set<string>): unknown {
  switch (type.kind) {
    case 'record':
      return type.fields.map((field) => [field.name, shapeOf(field.type, described)]);
    case 'enum':
      return type.symbols;
    case 'fixed':
      return type.size;
  }
}
