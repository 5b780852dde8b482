import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../text-files.ts';
import { generatedPages } from './pages.ts';

for (const [file, text] of Object.entries(generatedPages())) {
  writeFileSync(join(ROOT, file), text);
}
