import { isDeepStrictEqual } from 'node:util';

import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { fieldOf } from '@quicksilver/definition/binding-state';

import type { Engine } from './engine.ts';

export interface ServedSchemaOptions {
  /** Of the gateway; undefined where nobody steers it. */
  readonly name: string | undefined;
  readonly createEngine: (sdl: string, own: SchemaDocuments) => Engine;
  /** Why it cannot be known yet which schema is to be served; undefined where it is. */
  readonly unknown: () => string | undefined;
  /** Called when there is no schema any more: what still runs has to end. */
  readonly onGone: (why: AppError) => void;
  readonly onChange: (outcome: 'served' | 'refused') => void;
  readonly log: Log;
}

/** A schema and what may run on it, as the directory has it. */
export interface SchemaSpec {
  readonly version: number;
  readonly schema: string | null;
  readonly documents?: readonly string[];
  readonly documentsOnly?: boolean;
}

/** TrustedDocuments documents that the manager gave. */
export interface SchemaDocuments {
  readonly texts: readonly string[];
  /** Whether nothing else may run. */
  readonly isAll: boolean;
}

const NO_DOCUMENTS: SchemaDocuments = { texts: [], isAll: false };

/** What the manager asks a gateway: `GET /control/status` on the operators' port. */
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
 * The schema that this process serves now. Another one is compiled beside it and then takes its place
 * in one step: whoever asked before runs on what it was given (I-G4).
 */
export class ServedSchema {
  readonly #options: ServedSchemaOptions;
  #engine: Engine | undefined;
  /** Of the engine. */
  #own: SchemaDocuments = NO_DOCUMENTS;
  #version: number | undefined;
  #refused: GatewayStatus['refused'];

  constructor(options: ServedSchemaOptions) {
    this.#options = options;
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** Of the resource that the schema comes from; undefined without a schema. */
  get version(): number | undefined {
    return this.#engine && this.#version;
  }

  /** The engine for one operation. Throws `AppError` where there is no schema. */
  require(): Engine {
    if (this.#engine !== undefined) {
      return this.#engine;
    }
    const unknown = this.#options.unknown();
    throw unknown === undefined
      ? this.#missing()
      : new AppError(
          'KAFKA_UNAVAILABLE',
          `It is not known yet which schema this gateway serves: ${unknown}. Try again.`,
        );
  }

  /** Serves this schema from here on. Throws where it is wrong. */
  serveFile(sdl: string): void {
    this.#engine = this.#options.createEngine(sdl, NO_DOCUMENTS);
  }

  /** Serves what the directory has, as far as it can: a schema that is wrong leaves the one before. */
  follow(wanted: SchemaSpec | undefined): void {
    const { log, onChange, onGone, createEngine } = this.#options;
    this.#refused = undefined;
    if (wanted === undefined || wanted.schema === null) {
      const hadSchema = this.#engine !== undefined;
      this.#engine = undefined;
      if (hadSchema) {
        log.info({}, 'there is no schema any more');
        onGone(
          new AppError(
            'SCHEMA_MISSING',
            `Gateway ${this.#options.name ?? ''} has no schema any more, so what was subscribed ends: it was deleted, or its schema was taken away.`,
          ),
        );
      }
      return;
    }
    const { version, schema, documents = [], documentsOnly = false } = wanted;
    const own = { texts: documents, isAll: documentsOnly };
    if (this.#engine?.sdl === schema && isDeepStrictEqual(this.#own, own)) {
      this.#version = version;
      return;
    }
    try {
      this.#engine = createEngine(schema, own);
      this.#own = own;
      this.#version = version;
      this.#engine.states.report();
      onChange('served');
      log.info({ version, hash: this.#engine.hash }, 'a schema is served');
    } catch (error) {
      const reason = describeError(error);
      this.#refused = { version, reason };
      onChange('refused');
      log.error({ version, serving: this.version, reason }, 'a schema cannot be served');
    }
  }

  /** What somebody should know although the gateway is ready. */
  note(): string | undefined {
    if (this.#refused === undefined) {
      return this.#engine === undefined ? 'there is no schema to serve yet' : undefined;
    }
    const { version, reason } = this.#refused;
    const serving = this.version === undefined ? 'none' : `version ${this.version}`;
    return `the schema of version ${version} cannot be served, ${serving} is instead: ${reason}`;
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
        ? `Gateway ${name} has no schema yet. Apply one: quick gateway apply ${name} -f schema.graphql`
        : `Gateway ${name} cannot serve the schema of version ${refused.version}, and has none before it. Apply one that is valid: ${refused.reason}`,
    );
  }
}
