import { isScalarName } from '../binding/scalar-names.ts';

/** Names of types that a schema has without a definition, or that have a meaning by their name. */
const RESERVED: ReadonlySet<string> = new Set([
  'Query',
  'Mutation',
  'Subscription',
  'PageInfo',
  'RestDirectiveMethod',
]);

/** A name that GraphQL allows, from any text. */
export function graphqlName(text: string): string {
  const name = text.replaceAll(/[^_a-zA-Z0-9]+/g, '_').replace(/^_{2,}/, '_');
  return /^[_a-zA-Z]/.test(name) ? name : `_${name}`;
}

/** The words of a name, in lower case: `shop.orderItems` has three. */
export function wordsOf(text: string): readonly string[] {
  return text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^a-zA-Z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

export function camelCase(words: readonly string[]): string {
  const [first = '', ...rest] = words;
  return graphqlName(`${first}${rest.map(capitalized).join('')}`);
}

export function pascalCase(words: readonly string[]): string {
  return graphqlName(words.map(capitalized).join(''));
}

/** The singular of an English noun, or the same word. */
export function singular(word: string): string {
  if (/(?:ss|us|is|news|series)$/.test(word) || word.length < 3) {
    return word;
  }
  if (word.endsWith('ies')) {
    return `${word.slice(0, -3)}y`;
  }
  return /(?:ches|shes|sses|xes|zes)$/.test(word) ? word.slice(0, -2) : word.replace(/s$/, '');
}

/** The plural of an English noun in the singular. */
export function plural(word: string): string {
  return /[^aeiou]y$/.test(word)
    ? `${word.slice(0, -1)}ies`
    : /(?:ch|sh|ss|x|z)$/.test(word)
      ? `${word}es`
      : `${word}s`;
}

/** Names that are given once. */
export class UniqueNames {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** The name, with a number if it is taken. */
  take(name: string): string {
    let unique = name;
    for (let number = 2; this.#taken.has(unique); number += 1) {
      unique = `${name}${number}`;
    }
    this.#taken.add(unique);
    return unique;
  }
}

/** A name for a type, which is unlike that of any type with a meaning. */
export function typeNameOf(text: string): string {
  const name = graphqlName(text);
  const hasMeaning = RESERVED.has(name) || isScalarName(name) || /(?:Connection|Edge)$/.test(name);
  return hasMeaning ? `${name}Record` : name;
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
