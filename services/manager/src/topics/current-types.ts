import type { Resource } from '@quicksilver/resources/kinds';
import { referenceText, type TopicSpec, type TypeReference } from '@quicksilver/resources/topic';
import { AppError } from '@quicksilver/common/errors/app-error';

import type { SchemaReader } from '../gateways/schema-reader.ts';

/** The SDL of a type, or why there is none. */
type PrintedType = { readonly sdl: string } | { readonly missing: string };

export type PrintType = (
  gateway: Resource<'gateway'> | undefined,
  reference: TypeReference,
) => Promise<PrintedType>;

/** Prints types of gateways, each once for each version of a gateway. */
export function typePrinter(schemas: Pick<SchemaReader, 'printType'>): PrintType {
  const printed = new WeakMap<object, Map<string, Promise<PrintedType>>>();
  const print = async (schema: string, reference: TypeReference): Promise<PrintedType> => {
    try {
      return { sdl: await schemas.printType(schema, reference.type) };
    } catch (error) {
      if (error instanceof AppError && GONE.has(error.code)) {
        return { missing: missingText(reference) };
      }
      throw error;
    }
  };
  return (gateway, reference) => {
    const schema = gateway?.spec.schema;
    if (gateway === undefined || schema === undefined) {
      return Promise.resolve({ missing: missingText(reference) });
    }
    const ofGateway = printed.get(gateway.spec) ?? new Map<string, Promise<PrintedType>>();
    printed.set(gateway.spec, ofGateway);
    const printing = ofGateway.get(reference.type) ?? print(schema, reference);
    ofGateway.set(reference.type, printing);
    // The next reconciliation tries again.
    printing.catch(() => ofGateway.delete(reference.type));
    return printing;
  };
}

const GONE: ReadonlySet<string> = new Set(['INVALID_SPEC', 'INVALID_SCHEMA']);

function missingText(reference: TypeReference): string {
  return `The type ${referenceText(reference)} no longer exists. Keys and values are checked by its last version. Add the type to the schema of the gateway again.`;
}

export interface CurrentTypes {
  /** The same object if no type has changed. */
  readonly spec: TopicSpec;
  readonly warnings: readonly string[];
}

/** The spec of a topic with the types of its keys and values as their gateways have them now. */
export async function currentTypes(
  spec: TopicSpec,
  gatewayOf: (name: string) => Resource<'gateway'> | undefined,
  print: PrintType,
): Promise<CurrentTypes> {
  const warnings: string[] = [];
  const current = async (
    reference: TypeReference | undefined,
    sdl: string | undefined,
  ): Promise<string | undefined> => {
    if (reference === undefined) {
      return sdl;
    }
    const type = await print(gatewayOf(reference.gateway), reference);
    if ('sdl' in type) {
      return type.sdl;
    }
    warnings.push(type.missing);
    return sdl;
  };
  const schema = await current(spec.valueSchema, spec.schema);
  const keySdl = await current(spec.keySchema, spec.keySdl);
  return {
    spec:
      schema === spec.schema && keySdl === spec.keySdl
        ? spec
        : {
            ...spec,
            ...(schema === undefined ? {} : { schema }),
            ...(keySdl === undefined ? {} : { keySdl }),
          },
    warnings,
  };
}
