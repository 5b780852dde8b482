import type { Environment } from '@quicksilver/common/config/option';
import { Composer, isScalar, Parser, Scalar, visit, type Document } from 'yaml';

import type { Mistake } from './source-text.ts';

const VARIABLE = /\$\$|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in all scalars except keys; `$$` is one dollar. Plain
 * scalars are parsed again as YAML, so that they can become numbers. Quoted scalars stay texts.
 * Returns unset variables as mistakes.
 */
export function substitute(
  document: Document.Parsed,
  env: Environment,
  file: string,
): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) {
        return;
      }
      const [start = 0, end = start] = node.range ?? [];
      const replaced = node.value.replaceAll(VARIABLE, (all, name?: string, fallback?: string) => {
        if (name === undefined) {
          return '$';
        }
        const value = env[name] === '' ? (fallback ?? '') : (env[name] ?? fallback);
        if (value === undefined) {
          const message = `the environment variable ${name} is not set. Set it, or write a default: \${${name}:-default}`;
          mistakes.push({ file, start, end, message });
        }
        return value ?? all;
      });
      node.value = node.type === Scalar.PLAIN ? readPlain(replaced) : replaced;
    },
  });
  return mistakes;
}

/** The value of a plain YAML scalar with this text. */
function readPlain(text: string): unknown {
  const [document] = new Composer().compose(new Parser().parse(text));
  const content = document?.contents;
  return isScalar(content) && content.type === Scalar.PLAIN ? content.value : text;
}
