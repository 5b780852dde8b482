import type { RegisteredSchema, SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import { AppError } from '@quicksilver/common/errors/app-error';

/** Different ids of one side of a topic that are fetched. */
const IDS_MAX = 20;

/** The schemas of one request, each fetched once. After an outage it does not ask again. */
export class SchemaTexts {
  readonly #registry: SchemaRegistry | undefined;
  readonly #byId = new Map<number, Promise<RegisteredSchema | undefined>>();
  readonly #byGuid = new Map<string, Promise<RegisteredSchema | undefined>>();
  #outage: AppError | undefined;

  constructor(registry: SchemaRegistry | undefined) {
    this.#registry = registry;
  }

  /** Undefined if the registry has no such schema, or if there is no registry. */
  byId(id: number): Promise<RegisteredSchema | undefined> {
    const known = this.#byId.get(id) ?? this.#ask((registry) => registry.byId(id));
    this.#byId.set(id, known);
    return known;
  }

  /** As `byId`, for the schemas that record headers name. */
  byGuid(guid: string): Promise<RegisteredSchema | undefined> {
    const known = this.#byGuid.get(guid) ?? this.#ask((registry) => registry.byGuid(guid));
    this.#byGuid.set(guid, known);
    return known;
  }

  /** The newest schema of a subject. */
  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    return this.#ask((registry) => registry.latest(subject));
  }

  /** The formats of those ids that the registry has. */
  async formatsOf(ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const formats = new Map<number, string>();
    for (const id of ids.slice(0, IDS_MAX)) {
      const schema = await this.byId(id);
      if (schema !== undefined) {
        formats.set(id, schema.format);
      }
    }
    return formats;
  }

  /** A schema that exists but cannot be used counts as missing. An outage is an error. */
  async #ask(
    ask: (registry: SchemaRegistry) => Promise<RegisteredSchema | undefined>,
  ): Promise<RegisteredSchema | undefined> {
    if (this.#outage !== undefined) {
      throw this.#outage;
    }
    try {
      return this.#registry && (await ask(this.#registry));
    } catch (error) {
      if (error instanceof AppError && error.code === 'TYPE_MISMATCH') {
        return undefined;
      }
      if (error instanceof AppError && error.code === 'REGISTRY_UNAVAILABLE') {
        this.#outage = error;
      }
      throw error;
    }
  }
}
