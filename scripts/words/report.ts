import { type Budgets, type Overrun, overruns } from './budgets.ts';
import { type Counts, type Finding, type Measure, MEASURES } from './measures.ts';

const FINDINGS_SHOWN = 10;
const TEXT_CHARS_MAX = 160;

const NAMES: Readonly<Record<Measure, string>> = {
  where: '"where" that should be "if" or "when"',
  anew: '"anew"',
  told: '"told", "tells", "hears" or "heard"',
  nobody: '"nobody", "somebody", "whoever" or "none that"',
  longSentences: 'sentences of more than 30 words',
  wideComments: 'comment lines of more than 100 columns',
};

type AreaFindings = ReadonlyMap<string, { readonly findings: readonly Finding[] }>;

export function overrunText(
  { area, measure, count, allowed }: Overrun,
  areas: AreaFindings,
): string {
  const findings = (areas.get(area)?.findings ?? []).filter((one) => one.measure === measure);
  return [
    `${area} has ${count} ${NAMES[measure]}; the budget is ${allowed}. Rewrite some of these (docs/writing.md says how):`,
    ...findings.slice(0, FINDINGS_SHOWN).map((finding) => `  ${findingLine(finding)}`),
    ...(findings.length > FINDINGS_SHOWN
      ? [`  … and ${findings.length - FINDINGS_SHOWN} more: npm run check -- words --list ${area}`]
      : []),
  ].join('\n');
}

export function findingLine({ path, line, measure, text }: Finding): string {
  const shown = text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}…` : text;
  return `${path}${line === undefined ? '' : `:${line}`}: ${measure}: ${shown}`;
}

/** Every count of every area; one over its budget has an exclamation mark. */
export function countsTable(areas: ReadonlyMap<string, Counts>, budgets: Budgets): string {
  const over = new Set(overruns(areas, budgets).map(({ area, measure }) => `${area} ${measure}`));
  const columns = ['words', 'ifWhen', ...MEASURES] as const;
  const rows = [...areas, ['total', totalOf(areas)] as const].map(([area, counts]) => [
    area,
    ...columns.map((name) => `${counts[name]}${over.has(`${area} ${name}`) ? '!' : ''}`),
  ]);
  return [['area', ...columns], ...rows]
    .map(
      ([area = '', ...cells]) => area.padEnd(22) + cells.map((cell) => cell.padStart(15)).join(''),
    )
    .join('\n');
}

function totalOf(areas: ReadonlyMap<string, Counts>): Counts {
  const sum = (name: keyof Counts): number =>
    [...areas.values()].reduce((total, counts) => total + counts[name], 0);
  return {
    words: sum('words'),
    ifWhen: sum('ifWhen'),
    where: sum('where'),
    anew: sum('anew'),
    told: sum('told'),
    nobody: sum('nobody'),
    longSentences: sum('longSentences'),
    wideComments: sum('wideComments'),
  };
}
