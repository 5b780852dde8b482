import { ExactNumber } from '@quicksilver/common/numbers/exact-number';
import { stringify, type ScalarTag } from 'yaml';

/** Digits that a JS number does not hold, as they are. */
const EXACT_NUMBER: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => value instanceof ExactNumber,
  resolve: (text) => new ExactNumber(text),
  stringify: ({ value }) => String(value),
};

/** A value as YAML; numbers keep their digits. */
export function yamlText(value: unknown): string {
  return stringify(value, { lineWidth: 0, customTags: [EXACT_NUMBER] });
}
