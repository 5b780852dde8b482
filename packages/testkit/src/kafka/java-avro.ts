import { defaultCacheDir, ensureKafkaJars } from '@quicksilver/local-kafka/kafka-jars';

import { runJavaProgram } from './java-program.ts';
import { ensureMavenFile, type MavenFile } from '@quicksilver/local-kafka/maven-file';

const PROGRAM = new URL('../../java/AvroRecords.java', import.meta.url);
const RUN_MS = 120_000;

const avro = (version: string, sha256: string): MavenFile => ({
  artifact: `org.apache.avro:avro:${version}`,
  name: `avro-${version}.jar`,
  sha256,
});

const LIBRARIES = {
  '1.11.4': avro('1.11.4', 'eeba11b77070b9aa6337d886fdf778f6695f6c4c3dcfd2a02389925c885079fa'),
  '1.12.0': avro('1.12.0', '1f5fbfff9b7427d6832cc3031a3c81413d3e21d9e2551847d9231c28493f9492'),
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
  const jarsDir = await ensureKafkaJars({ cacheDir });
  const output = await runJavaProgram({
    file: PROGRAM,
    args: [String(valuesPerSchema), String(seed)],
    jars: [await ensureMavenFile(LIBRARIES[version], cacheDir)],
    jarsDir,
    input: schemas.map((texts) => `${JSON.stringify(texts)}\n`).join(''),
    timeoutMs: RUN_MS,
  });
  const lines = output.toString('utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as JavaAvroSchema);
}
