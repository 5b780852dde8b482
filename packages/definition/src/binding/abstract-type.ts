/** How the types of records are told apart where the schema names an interface or a union. */
export interface AbstractType {
  readonly name: string;
  /** The field of the record that tells, as `@discriminator` says; undefined without it. */
  readonly discriminator?: string;
  readonly members: readonly AbstractMember[];
}

export interface AbstractMember {
  readonly typeName: string;
  /** What the discriminator holds in records of this type. */
  readonly value: string;
  /** Fields that a record of this type must have: those that cannot be null and come from the record. */
  readonly required: readonly string[];
}
