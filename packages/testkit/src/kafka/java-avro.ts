import { join } from 'node:path';

import { defaultCacheDir, ensureKafkaJars } from '@quicksilver/local-kafka/kafka-jars';
import { ensureFiles } from '@quicksilver/local-kafka/maven/ensure-files';

import { runJavaProgram } from './java-program.ts';

const PROGRAM = new URL('../../java/AvroRecords.java', import.meta.url);
const RUN_MS = 120_000;

/** SHA-256 of the library, by version. */
const LIBRARIES = {
  '1.11.4': 'eeba11b77070b9aa6337d886fdf778f6695f6c4c3dcfd2a02389925c885079fa',
  '1.12.0': '1f5fbfff9b7427d6832cc3031a3c81413d3e21d9e2551847d9231c28493f9492',
} as const;

export type JavaAvroVersion = keyof typeof LIBRARIES;

export const JAVA_AVRO_VERSIONS = Object.keys(LIBRARIES) as JavaAvroVersion[];

/** What Avro's Java library makes of a schema. */
export interface JavaAvroSchema {
  /** Why it is rejected. */
  readonly error?: string;
  /** Random values: bytes in hexadecimal, and the JSON that Quicksilver shows of them. */
  readonly values?: readonly { readonly hex: string; readonly json: string }[];
  /** The bytes of a record in which every field has its default. Absent if there is none. */
  readonly fallback?: string;
}

export interface JavaAvroOptions {
  readonly version: JavaAvroVersion;
  readonly valuesPerSchema: number;
  readonly seed: number;
}

/** Each schema is a list: the texts that it refers to, and its own. */
export async function askJavaAvro(
  schemas: readonly (readonly string[])[],
  { version, valuesPerSchema, seed }: JavaAvroOptions,
): Promise<JavaAvroSchema[]> {
  const cacheDir = defaultCacheDir(process.env);
  const jarsDir = await ensureKafkaJars({ cacheDir, env: process.env });
  const output = await runJavaProgram({
    file: PROGRAM,
    args: [String(valuesPerSchema), String(seed)],
    jars: [await avroJar(version, cacheDir)],
    jarsDir,
    input: schemas.map((texts) => `${JSON.stringify(texts)}\n`).join(''),
    timeoutMs: RUN_MS,
  });
  const lines = output.toString('utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as JavaAvroSchema);
}

async function avroJar(version: JavaAvroVersion, cacheDir: string): Promise<string> {
  const name = `avro-${version}`;
  const path = `org/apache/avro/avro/${version}/${name}.jar`;
  const files = [{ path, sha256: LIBRARIES[version] }];
  return join(await ensureFiles({ cacheDir, name, files, env: process.env }), `${name}.jar`);
}
