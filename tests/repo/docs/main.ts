import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../text-files.ts';
import { generatedPages } from './pages.ts';
import { BAD_INPUT_PAGE, rowsInTitles, RULES_PAGE, rulesInTitles, withProofs } from './proofs.ts';

const pages = {
  ...(await generatedPages()),
  [RULES_PAGE]: withProofs(RULES_PAGE, rulesInTitles()),
  [BAD_INPUT_PAGE]: withProofs(BAD_INPUT_PAGE, await rowsInTitles()),
};
for (const [file, text] of Object.entries(pages)) {
  writeFileSync(join(ROOT, file), text);
}
