import { z } from 'zod';

/** `debezium`: each value is a change event of a row, and the topic has the rows of a table. */
export const envelope = z.enum(['debezium']);
export type Envelope = z.infer<typeof envelope>;

/** A format, alone or with what the values are wrapped in. */
export const formOf = <T extends z.ZodType<string>>(format: T, expected: string) =>
  z.union([format, z.strictObject({ format, envelope: envelope.exactOptional() })], {
    error: ({ input }) => {
      const words = `expected ${expected}, or an object with format and envelope (debezium)`;
      return input === undefined ? words : `${words}, found ${JSON.stringify(input).slice(0, 60)}`;
    },
  });
