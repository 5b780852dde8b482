import { isDeepStrictEqual } from 'node:util';

import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { fieldOf } from '@quicksilver/definition/binding-state';

import type { SchemaDocuments } from '../execute/documents/document-store.ts';
import type { Engine } from './engine.ts';

export interface ServedSchemaOptions {
  /** The name of the gateway. Undefined if its schema is a file. */
  readonly name: string | undefined;
  readonly createEngine: (sdl: string, documents: SchemaDocuments) => Engine;
  /** Why the directory is not read yet. Undefined once it is. */
  readonly directoryNotReady: () => string | undefined;
  /** Called when the schema is removed. Running subscriptions must end. */
  readonly onGone: (why: AppError) => void;
  readonly onChange: (outcome: 'served' | 'refused') => void;
  readonly log: Log;
}

/** A schema and its trusted documents in the service directory. */
export interface SchemaSpec {
  readonly version: number;
  readonly schema: string | null;
  readonly documents?: readonly string[];
  readonly documentIds?: Readonly<Record<string, string>>;
  readonly documentsOnly?: boolean;
}

const NO_DOCUMENTS: SchemaDocuments = { texts: [], ids: {}, isAll: false };

/** The body of `GET /control/status` on the operators' port, which the manager reads. */
export interface GatewayStatus {
  readonly name: string | null;
  readonly schemaVersion: number | null;
  readonly schemaHash: string | null;
  readonly bindings: readonly {
    readonly field: string;
    readonly topic: string;
    readonly state: 'ready' | 'pending' | 'invalid';
    readonly reason?: string;
  }[];
  /** A newer schema that this gateway cannot serve. */
  readonly refused?: { readonly version: number; readonly reason: string };
}

/**
 * The schema that this process serves. A new one is compiled beside it and replaces it in one step.
 * Operations that have started run on the old one (I-G4).
 */
export class ServedSchema {
  readonly #options: ServedSchemaOptions;
  #engine: Engine | undefined;
  /** The documents of the engine. */
  #documents: SchemaDocuments = NO_DOCUMENTS;
  #version: number | undefined;
  #refused: GatewayStatus['refused'];

  constructor(options: ServedSchemaOptions) {
    this.#options = options;
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** The version of the gateway's spec. Undefined without a schema. */
  get version(): number | undefined {
    return this.#engine && this.#version;
  }

  /** The engine for one operation. Throws `AppError` if there is no schema. */
  require(): Engine {
    if (this.#engine !== undefined) {
      return this.#engine;
    }
    const reason = this.#options.directoryNotReady();
    throw reason === undefined
      ? this.#missing()
      : new AppError(
          'KAFKA_UNAVAILABLE',
          `This gateway has not read its schema yet: ${reason}. Retry later.`,
        );
  }

  /** Serves the schema of a file. Throws if it is invalid. */
  serveFile(sdl: string): void {
    this.#engine = this.#options.createEngine(sdl, NO_DOCUMENTS);
  }

  /** Serves the schema of the directory. If it is invalid, the previous one stays. */
  follow(spec: SchemaSpec | undefined): void {
    const { log, onChange, onGone, createEngine } = this.#options;
    this.#refused = undefined;
    if (spec === undefined || spec.schema === null) {
      const hadSchema = this.#engine !== undefined;
      this.#engine = undefined;
      if (hadSchema) {
        log.info({}, 'the schema was removed');
        onGone(
          new AppError(
            'SCHEMA_MISSING',
            `The gateway ${this.#options.name ?? ''} or its schema was deleted, so its subscriptions end. Apply a schema, then subscribe again.`,
          ),
        );
      }
      return;
    }
    const { version, schema, documents = [], documentIds = {}, documentsOnly = false } = spec;
    const schemaDocuments = { texts: documents, ids: documentIds, isAll: documentsOnly };
    if (this.#engine?.sdl === schema && isDeepStrictEqual(this.#documents, schemaDocuments)) {
      this.#version = version;
      return;
    }
    try {
      this.#engine = createEngine(schema, schemaDocuments);
      this.#documents = schemaDocuments;
      this.#version = version;
      this.#engine.states.report();
      onChange('served');
      log.info({ version, hash: this.#engine.hash }, 'a new schema is served');
    } catch (error) {
      const reason = describeError(error);
      this.#refused = { version, reason };
      onChange('refused');
      log.error({ version, serving: this.version, reason }, 'a schema cannot be served');
    }
  }

  /** Remarks for `/readyz?verbose` that do not make the gateway unready. */
  notes(): readonly string[] {
    if (this.#refused === undefined) {
      return this.#engine === undefined ? ['there is no schema to serve yet'] : [];
    }
    const { version, reason } = this.#refused;
    const serving = this.version === undefined ? 'none' : `version ${this.version}`;
    return [
      `the schema of version ${version} cannot be served, ${serving} is served instead: ${reason}`,
    ];
  }

  status(): GatewayStatus {
    const engine = this.#engine;
    const bindings = engine?.bindings.map((binding) => {
      return { field: fieldOf(binding), topic: binding.topic, ...engine.states.stateOf(binding) };
    });
    return {
      name: this.#options.name ?? null,
      schemaVersion: this.version ?? null,
      schemaHash: engine?.hash ?? null,
      bindings: bindings ?? [],
      ...(this.#refused === undefined ? {} : { refused: this.#refused }),
    };
  }

  #missing(): AppError {
    const name = this.#options.name ?? '';
    const refused = this.#refused;
    return new AppError(
      'SCHEMA_MISSING',
      refused === undefined
        ? `The gateway ${name} has no schema yet. Apply one: quick gateway apply ${name} -f schema.graphql`
        : `The gateway ${name} cannot serve the schema of version ${refused.version}, and has no earlier one. Apply a valid schema. ${refused.reason}`,
    );
  }
}
