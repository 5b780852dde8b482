import type { JsonValue } from './infer-shape.ts';
import { graphqlName, pascalCase, typeNameOf, UniqueNames, wordsOf } from './generated-names.ts';
import type { EnumShape, ObjectShape, Shape, ShapeField, UnionShape } from './record-shape.ts';

/** An object type of the schema. */
export interface GeneratedType {
  readonly name: string;
  readonly text: string | undefined;
  readonly fields: readonly GeneratedField[];
}

export interface GeneratedField {
  readonly name: string;
  /** The member of the record, if its name is another one. */
  readonly member: string | undefined;
  readonly source: ShapeField;
  readonly type: string;
  /** Different values of a scalar, or of the items of a list of scalars, in the sample. */
  readonly values: Set<string>;
}

/** The types of a schema, each printed once. */
export class GeneratedTypes {
  readonly objects: GeneratedType[] = [];
  readonly enums: { readonly name: string; readonly shape: EnumShape }[] = [];
  readonly unions: { readonly name: string; readonly members: readonly string[] }[] = [];
  readonly #names = new UniqueNames();
  readonly #byShape = new Map<Shape, GeneratedType>();
  readonly #bySignature = new Map<string, string>();
  readonly #typeOfSignature = new Map<string, GeneratedType>();

  /** The name of a type, in brackets for a list. `hint` names what has no name of its own. */
  typeOf(shape: Shape, hint: string): string {
    switch (shape.kind) {
      case 'scalar':
        return shape.scalar;
      case 'list':
        return `[${this.typeOf(shape.items, hint)}${shape.hasNulls ? '' : '!'}]`;
      case 'enum':
        return this.#enumOf(shape);
      case 'union':
        return this.#unionOf(shape, hint);
      case 'object':
        return this.objectOf(shape, hint).name;
    }
  }

  /** Takes the stem with each suffix as a name. If one is taken, the stem gets a number. */
  takeStem(stem: string, suffixes: readonly string[]): string {
    let unique = stem;
    for (let number = 2; suffixes.some((each) => this.#names.has(unique + each)); number += 1) {
      unique = `${stem}${number}`;
    }
    for (const suffix of suffixes) {
      this.#names.take(unique + suffix);
    }
    return unique;
  }

  objectOf(shape: ObjectShape, hint: string): GeneratedType {
    const known =
      this.#byShape.get(shape) ??
      (shape.name === undefined ? undefined : this.#typeOfSignature.get(signatureOf(shape)));
    if (known !== undefined) {
      this.#byShape.set(shape, known);
      return known;
    }
    const name = this.#names.take(typeNameOf(shape.name ?? hint));
    const fields: GeneratedField[] = [];
    const type = { name, text: shape.text, fields };
    this.#byShape.set(shape, type);
    this.#typeOfSignature.set(signatureOf(shape), type);
    this.objects.push(type);
    const taken = new UniqueNames(['__typename']);
    for (const source of shape.fields) {
      const fieldName = taken.take(graphqlName(source.name));
      const isNamed = fieldName === source.name;
      fields.push({
        name: fieldName,
        member: isNamed ? undefined : source.name,
        source,
        type: `${this.typeOf(source.shape, `${name}${pascalCase(wordsOf(fieldName))}`)}${source.isNullable ? '' : '!'}`,
        values: new Set(),
      });
    }
    return type;
  }

  /** Adds the scalars of a record to the values of the fields. */
  collect(shape: Shape, value: JsonValue): void {
    if (shape.kind === 'list' && Array.isArray(value)) {
      for (const item of value) {
        this.collect(shape.items, item);
      }
    }
    const type = shape.kind === 'object' ? this.#byShape.get(shape) : undefined;
    if (type === undefined || typeof value !== 'object' || value === null) {
      return;
    }
    for (const { source, values } of type.fields) {
      const member: unknown = Reflect.get(value, source.name);
      for (const item of Array.isArray(member) ? member : [member]) {
        if (isScalar(item) && values.size < VALUES_MAX) {
          values.add(String(item));
        }
      }
      this.collect(source.shape, member);
    }
  }

  #enumOf(shape: EnumShape): string {
    const signature = signatureOf(shape);
    const known = this.#bySignature.get(signature);
    if (known !== undefined) {
      return known;
    }
    const name = this.#names.take(typeNameOf(shape.name));
    this.#bySignature.set(signature, name);
    this.enums.push({ name, shape });
    return name;
  }

  /** A record in a union is recognized by its name, so `JSON` stands for one with another name. */
  #unionOf({ name, members }: UnionShape, hint: string): string {
    const types = members.map((member) => this.objectOf(member, hint).name);
    if (types.some((type, at) => type !== members[at]?.name)) {
      return 'JSON';
    }
    const signature = `union ${types.join(' ')}`;
    const union =
      this.#bySignature.get(signature) ?? this.#names.take(typeNameOf(name ?? `${hint}Union`));
    if (!this.#bySignature.has(signature)) {
      this.#bySignature.set(signature, union);
      this.unions.push({ name: union, members: types });
    }
    return union;
  }
}

/** Values of a field that are compared with keys. */
const VALUES_MAX = 200;

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'bigint'].includes(typeof value);
}

/** The same for records of the same name with the same fields, such as those of two topics. */
function signatureOf(shape: Shape, open: readonly Shape[] = []): string {
  if (open.includes(shape)) {
    return `^${open.indexOf(shape)}`;
  }
  const inside = [...open, shape];
  switch (shape.kind) {
    case 'scalar':
      return shape.scalar;
    case 'list':
      return `[${signatureOf(shape.items, inside)}${shape.hasNulls}]`;
    case 'enum':
      return `enum ${shape.name} ${shape.symbols.join(' ')}`;
    case 'union':
      return shape.members.map((member) => signatureOf(member, inside)).join('|');
    case 'object': {
      const fields = shape.fields.map(
        ({ name, shape: inner, isNullable }) =>
          `${name}:${signatureOf(inner, inside)}${isNullable}`,
      );
      return `${shape.name}{${fields.join()}}`;
    }
  }
}
