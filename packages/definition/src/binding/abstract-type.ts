/** How to find the type of a record if the schema names an interface or a union. */
export interface AbstractType {
  readonly name: string;
  /** The field of the record that `@discriminator` names; undefined without the directive. */
  readonly discriminator?: string;
  readonly members: readonly AbstractMember[];
}

export interface AbstractMember {
  readonly typeName: string;
  /** The value of the discriminator in records of this type. */
  readonly value: string;
  /** The non-null fields that come from the record. Each record of this type has them. */
  readonly required: readonly string[];
}
