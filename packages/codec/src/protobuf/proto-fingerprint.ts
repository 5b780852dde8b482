import { createHash } from 'node:crypto';

import type { MessageType, ProtoField, ProtoType } from './proto-type.ts';

/**
 * A hash that is the same for all schemas that read bytes as the same JSON. Parts that do not
 * affect reading (documentation, options) are ignored.
 */
export function fingerprintOf(roots: readonly MessageType[]): string {
  const described = new Set<string>();
  const shapes = roots.map((root) => shapeOf(root, described));
  return createHash('sha256').update(JSON.stringify(shapes)).digest('hex');
}

/** A named type is described once, and by its name after that, because it may contain itself. */
function shapeOf(type: ProtoType, described: Set<string>): unknown {
  if (type.kind === 'scalar') {
    return type.scalar;
  }
  if (described.has(type.name)) {
    return type.name;
  }
  described.add(type.name);
  return type.kind === 'enum'
    ? ['enum', type.name, type.isClosed, [...type.values]]
    : [
        'message',
        type.name,
        type.fields.map((field) => fieldShape(field, described)),
        type.nested.map((nested) => shapeOf(nested, described)),
      ];
}

function fieldShape(field: ProtoField, described: Set<string>): unknown {
  const { jsonName, number, form, keyType, hasPresence, isRequired, isGroup, oneof = '' } = field;
  const type = shapeOf(field.type, described);
  return [jsonName, number, form, keyType?.scalar, hasPresence, isRequired, isGroup, oneof, type];
}
