import { CODE } from './source-texts.ts';

const WORD = /[A-Za-z][A-Za-z'’-]*/g;
const ITEM = /^\s*(?:[-*+>] |\d+\. |#+ |@\w+)/;
const CODE_SPAN = /`+[^`]+`+/g;
const LINK = /!?\[([^\]]*)\]\([^)\s]*\)/g;
const ADDRESS = /\b[a-z]+:\/\/\S+/g;
const SENTENCE_END = /(?<=[.!?]["')\]*]*)\s+(?=["'(*]*[A-Z])/;
const FOUR_WORDS = /[A-Za-z]+,? [A-Za-z]+,? [A-Za-z]+,? [A-Za-z]+/;
const QUERY_OR_CODE =
  /^\s*(?:\{|query\b|mutation\b|subscription\b|fragment\b|type \w+ \{)|=>|\{\s*\w+ .*\}/;

export function wordsOf(text: string): readonly string[] {
  return text.match(WORD) ?? [];
}

/** The sentences of a Markdown page; code is left out. */
export function sentencesOfPage(page: string): readonly string[] {
  const prose = page
    .replaceAll(/^( *)(```|~~~)[^]*?^\1\2.*$/gm, '')
    .replaceAll(/<!--[^]*?-->/g, '')
    .replaceAll(/<\/?\w[^>\n]*>/g, '\n\n');
  return sentencesOf(prose);
}

/** The sentences of a text. A blank line, a list item and a table cell each start one. */
export function sentencesOf(text: string): readonly string[] {
  const blocks: string[] = [''];
  let isCode = false;
  for (const line of text.split('\n')) {
    // An indented line after a blank one is an example of code, and so are those below it.
    isCode = /^ {2}/.test(line) && (isCode || blocks.at(-1) === '');
    if (isCode) {
      continue;
    }
    const plain = line.replaceAll(CODE_SPAN, CODE).replaceAll(LINK, '$1').replaceAll(ADDRESS, CODE);
    if (/^\s*\|/.test(line)) {
      blocks.push(...plain.split('|'), '');
    } else if (plain.trim() === '') {
      blocks.push('');
    } else if (ITEM.test(plain)) {
      blocks.push(plain.replace(ITEM, ''));
    } else {
      blocks.push(`${blocks.pop() ?? ''} ${plain.trim()}`);
    }
  }
  return blocks.flatMap((block) => block.split(SENTENCE_END)).filter((one) => /[a-z]/i.test(one));
}

/** True of a string of a program that a person reads: four words in a row, and no query. */
export function isProse(text: string): boolean {
  return FOUR_WORDS.test(text) && !QUERY_OR_CODE.test(text);
}
