// Makes docs/images/graphiql.png from the network that `npm start` runs:
//   node_modules/.bin/node tests/repo/docs/graphiql-picture.ts [URL of the gateway]
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { browserPath } from '../../e2e/clients/browser-path.ts';
import { ROOT } from '../text-files.ts';

const QUERY = `{
  flights(ids: [1, 2]) {
    date
    delay
    origin {
      name
      city
    }
    destination {
      name
      city
    }
  }
}
`;

const [gateway = 'http://127.0.0.1:8080/gateway/flights'] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: browserPath(),
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
try {
  const page = await browser.newPage({
    viewport: { width: 1200, height: 760 },
    colorScheme: 'light',
  });
  await page.goto(`${gateway}/graphql?query=${encodeURIComponent(QUERY)}`);
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await page.locator('.result-window').getByText('McCarran').first().waitFor({ timeout: 20_000 });
  // The pointer leaves the button, whose hint would cover the answer.
  await page.mouse.move(600, 740);
  await page.getByRole('tooltip').waitFor({ state: 'hidden' });
  await page.screenshot({ path: join(ROOT, 'docs', 'images', 'graphiql.png') });
} finally {
  await browser.close();
}
