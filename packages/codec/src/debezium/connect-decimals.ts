import { z } from 'zod';

import { VARIABLE_DECIMAL } from '../avro/avro-reader.ts';
import { scaledText } from '../avro/decimal-text.ts';
import { memberOf, splitArray, splitObject, unquote } from '../json-text.ts';

/**
 * Prints the checked JSON text of a value so that its decimals are numbers. A value that does not
 * fit its schema stays as it is.
 */
export type RenderJson = (json: string) => string;

/**
 * A schema of Kafka Connect, as its JsonConverter writes it:
 * https://github.com/apache/kafka/blob/trunk/connect/json/src/main/java/org/apache/kafka/connect/json/JsonSchema.java
 */
interface ConnectSchema {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly parameters?: unknown;
  readonly fields?: unknown;
  readonly items?: unknown;
  readonly values?: unknown;
}

const connectSchema = z.looseObject({});
const connectFields = z.array(z.looseObject({ field: z.string() }));
const decimalParameters = z.looseObject({ scale: z.coerce.number().int() });

/** A number with the scale of its column. */
const DECIMAL = 'org.apache.kafka.connect.data.Decimal';

/** Maximum number of schemas that are remembered. A topic has a few. */
const SCHEMAS_MAX = 200;
/** Compiled once for each text, because every record repeats it. */
const compiled = new Map<string, RenderJson | undefined>();

/** The renderer of a field of the schema. Undefined if nothing in it needs to be rendered. */
export function rendererOf(schema: string, field?: string): RenderJson | undefined {
  if (!schema.includes(DECIMAL) && !schema.includes(VARIABLE_DECIMAL)) {
    return undefined;
  }
  const name = `${field ?? ''}\n${schema}`;
  if (compiled.has(name)) {
    return compiled.get(name);
  }
  const parsed = connectSchema.safeParse(JSON.parse(schema)).data;
  const part =
    field === undefined || parsed === undefined
      ? parsed
      : fieldsOf(parsed).find((each) => each.field === field);
  const render = part && compile(part);
  const [oldest] = compiled.keys();
  if (compiled.size >= SCHEMAS_MAX && oldest !== undefined) {
    compiled.delete(oldest);
  }
  compiled.set(name, render);
  return render;
}

function compile(schema: ConnectSchema): RenderJson | undefined {
  if (schema.name === DECIMAL) {
    const scale = decimalParameters.safeParse(schema.parameters).data?.scale;
    return scale === undefined ? undefined : (json) => decimalOf(json, scale) ?? json;
  }
  if (schema.name === VARIABLE_DECIMAL) {
    return (json) => variableDecimal(json) ?? json;
  }
  switch (schema.type) {
    case 'struct':
      return structRenderer(schema);
    case 'array': {
      const item = part(schema.items);
      return item && ((json) => listOf(json, item) ?? json);
    }
    case 'map': {
      // Of a map with other keys than strings, Connect writes a list of pairs.
      const value = part(schema.values);
      return value && ((json) => objectOf(json, () => value) ?? json);
    }
    default:
      return undefined;
  }
}

function structRenderer(schema: ConnectSchema): RenderJson | undefined {
  const renderers = new Map<string, RenderJson>();
  for (const each of fieldsOf(schema)) {
    const render = compile(each);
    if (render !== undefined) {
      renderers.set(each.field, render);
    }
  }
  return renderers.size === 0
    ? undefined
    : (json) => objectOf(json, (name) => renderers.get(name)) ?? json;
}

function part(schema: unknown): RenderJson | undefined {
  const parsed = connectSchema.safeParse(schema).data;
  return parsed && compile(parsed);
}

function fieldsOf(schema: ConnectSchema): (ConnectSchema & { readonly field: string })[] {
  return connectFields.safeParse(schema.fields).data ?? [];
}

function objectOf(
  json: string,
  renderer: (name: string) => RenderJson | undefined,
): string | undefined {
  const members = splitObject(json)?.map(({ name, value }) => {
    const render = renderer(name);
    return `${JSON.stringify(name)}:${render === undefined ? value : render(value)}`;
  });
  return members && `{${members.join(',')}}`;
}

function listOf(json: string, render: RenderJson): string | undefined {
  const items = splitArray(json);
  return items && `[${items.map((item) => render(item)).join(',')}]`;
}

/** Undefined if the text is not a string in base64. */
function decimalOf(json: string, scale: number): string | undefined {
  if (!json.startsWith('"')) {
    return undefined;
  }
  const text = unquote(json);
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? scaledText(bytes, scale) : undefined;
}

function variableDecimal(json: string): string | undefined {
  const members = splitObject(json) ?? [];
  const [scale, value] = [memberOf(members, 'scale'), memberOf(members, 'value')];
  return scale === undefined || value === undefined || !/^-?\d{1,4}$/.test(scale)
    ? undefined
    : decimalOf(value, Number(scale));
}
