import avsc, { type Schema } from 'avsc';

const SCALE_MAX = 4_096;

/** Marks `decimal` in a schema: the one logical type whose values are read in another way than its bytes. */
export class DecimalType extends avsc.types.LogicalType {
  readonly scale: number;
  readonly precision: number;

  constructor(schema: Schema, options?: unknown) {
    super(schema, options);
    const { scale = 0, precision } = schema as { scale?: unknown; precision?: unknown };
    if (
      typeof scale !== 'number' ||
      !Number.isInteger(scale) ||
      scale < 0 ||
      scale > SCALE_MAX ||
      typeof precision !== 'number' ||
      !Number.isInteger(precision) ||
      precision < 1 ||
      precision < scale ||
      !(
        this.underlyingType instanceof avsc.types.BytesType ||
        this.underlyingType instanceof avsc.types.FixedType
      )
    ) {
      // Avro's rule: a logical type that is not valid is ignored, and its values are those below it.
      throw new TypeError('not a valid decimal');
    }
    this.scale = scale;
    this.precision = precision;
  }
}
