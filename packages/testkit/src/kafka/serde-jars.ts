import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { defaultCacheDir } from '@quicksilver/local-kafka/kafka-jars';
import { ensureFiles } from '@quicksilver/local-kafka/maven/ensure-files';

/** Digests and paths, as `sha256sum` writes them. */
const PINNED = new URL('../../java/serdes.sha256', import.meta.url);

/**
 * The JARs of Kafka Streams and of the serializers of Apicurio 2.6, without those that Kafka has.
 * They are downloaded if they are missing (7 MB). Apicurio 3 has no `pom.xml` of its parent.
 */
export async function ensureSerdeJars(): Promise<string[]> {
  const lines = (await readFile(PINNED, 'utf8')).trim().split('\n');
  const files = lines.map((line) => {
    const [sha256 = '', path = ''] = line.split('  ');
    return { sha256, path };
  });
  const cacheDir = defaultCacheDir(process.env);
  const dir = await ensureFiles({ cacheDir, name: 'serdes-2.6.13', files, env: process.env });
  return files.map(({ path }) => join(dir, basename(path)));
}
