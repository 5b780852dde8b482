import { wordsOf } from './prose.ts';

/** What is counted; each has a limit in the budgets. */
export const MEASURES = [
  'where',
  'anew',
  'told',
  'nobody',
  'longSentences',
  'wideComments',
] as const;
export type Measure = (typeof MEASURES)[number];

export interface Counts extends Readonly<Record<Measure, number>> {
  readonly words: number;
  /** `if` and `when`, which `where` is compared with. */
  readonly ifWhen: number;
}

export interface Finding {
  readonly path: string;
  readonly line?: number;
  readonly measure: Measure;
  readonly text: string;
}

export const SENTENCE_WORDS_MAX = 30;
export const COMMENT_COLUMNS_MAX = 100;

const PHRASES: Readonly<Record<'where' | 'anew' | 'told' | 'nobody' | 'ifWhen', RegExp>> = {
  where: /\bwhere\b/gi,
  anew: /\banew\b/gi,
  told: /\b(?:told|tells|hears|heard)\b/gi,
  nobody: /\b(?:nobody|somebody|whoever|none that)\b/gi,
  ifWhen: /\b(?:if|when)\b/gi,
};

/** Counts sentences and keeps the ones that a limit is about. */
export class Tally {
  readonly findings: Finding[] = [];
  private readonly counts = { ...NO_COUNTS };

  addSentence(sentence: string, at: { readonly path: string; readonly line?: number }): void {
    const words = wordsOf(sentence).length;
    this.counts.words += words;
    this.counts.ifWhen += sentence.match(PHRASES.ifWhen)?.length ?? 0;
    for (const measure of ['where', 'anew', 'told', 'nobody'] as const) {
      this.add(measure, sentence.match(PHRASES[measure])?.length ?? 0, { ...at, text: sentence });
    }
    this.add('longSentences', words > SENTENCE_WORDS_MAX ? 1 : 0, { ...at, text: sentence });
  }

  addWideComment(finding: Omit<Finding, 'measure'>): void {
    this.add('wideComments', 1, finding);
  }

  total(): Counts {
    return { ...this.counts };
  }

  private add(measure: Measure, count: number, finding: Omit<Finding, 'measure'>): void {
    this.counts[measure] += count;
    if (count > 0) {
      this.findings.push({ ...finding, measure, text: finding.text.trim() });
    }
  }
}

export const NO_COUNTS = {
  words: 0,
  ifWhen: 0,
  where: 0,
  anew: 0,
  told: 0,
  nobody: 0,
  longSentences: 0,
  wideComments: 0,
};
