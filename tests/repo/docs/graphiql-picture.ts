// Makes a picture of docs/images from an example that `quick dev` runs:
//   node_modules/.bin/node tests/repo/docs/graphiql-picture.ts flights [URL of the port]
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { browserPath } from '../../e2e/clients/browser-path.ts';
import { ROOT } from '../text-files.ts';

interface Picture {
  readonly file: string;
  readonly query: string;
  /** A text of the answer: once it is there the picture is taken. */
  readonly shows: string;
}

const PICTURES: Readonly<Record<string, Picture>> = {
  flights: {
    file: 'graphiql.png',
    query: `{
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
`,
    shows: 'McCarran',
  },
  'url-shortener': {
    file: 'graphiql-url-shortener.png',
    query: `mutation {
  shorten(
    token: "kafka"
    url: "https://example.org/mine"
  )
}
`,
    shows: 'KEY_EXISTS',
  },
  fleet: {
    file: 'graphiql-fleet.png',
    query: `subscription {
  car(id: "amber") {
    status {
      model
      state
      battery
    }
    position {
      at
      latitude
      longitude
      speed
    }
  }
}
`,
    shows: 'DRIVING',
  },
  customers: {
    file: 'graphiql-customers.png',
    query: `{
  profile(id: 1) {
    loyalty {
      points
      level
    }
    customer {
      name
      orders {
        lines {
          quantity
          product {
            name
          }
        }
      }
    }
  }
}
`,
    shows: 'gold',
  },
};

const [name = '', port = 'http://127.0.0.1:8080'] = process.argv.slice(2);
const picture = PICTURES[name];
if (picture === undefined) {
  throw new Error(`Expected one of ${Object.keys(PICTURES).join(', ')}, found '${name}'.`);
}
const browser = await chromium.launch({
  executablePath: browserPath(),
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
try {
  const page = await browser.newPage({
    viewport: { width: 1200, height: 760 },
    colorScheme: 'light',
  });
  const query = encodeURIComponent(picture.query);
  await page.goto(`${port}/gateway/${name}/graphql?query=${query}`);
  await page.getByRole('button', { name: /^Execute query/ }).click();
  const answer = page.locator('.result-window').getByText(picture.shows).first();
  await answer.waitFor({ timeout: 20_000 });
  // The pointer leaves the button, whose hint would cover the answer.
  await page.mouse.move(600, 740);
  await page.getByRole('tooltip').waitFor({ state: 'hidden' });
  await page.screenshot({ path: join(ROOT, 'docs', 'images', picture.file) });
} finally {
  await browser.close();
}
