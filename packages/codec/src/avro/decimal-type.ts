import avsc, { type Schema } from 'avsc';

const SCALE_MAX = 4_096;

/** The logical type `decimal`, the only one whose values are not read as the underlying type. */
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
      // Avro ignores an invalid logical type, and reads its values as the underlying type.
      throw new TypeError('not a valid decimal');
    }
    this.scale = scale;
    this.precision = precision;
  }
}
