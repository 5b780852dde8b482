import { expect, test } from 'vitest';
import { parseMavenSettings } from './maven-settings.ts';

const parse = (inner: string, env = {}): ReturnType<typeof parseMavenSettings> =>
  parseMavenSettings(
    `<?xml version="1.0"?><settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">${inner}</settings>`,
    { HOME: '/home/me', ...env },
    '/home/me/.m2/settings.xml',
  );
const mirror = (mirrorOf: string, more = ''): string =>
  `<mirror><id>ours</id><mirrorOf>${mirrorOf}</mirrorOf><url>https://maven.example/all</url>${more}</mirror>`;

test.each([
  ['central', true],
  ['*', true],
  ['external:*', true],
  ['other, central', true],
  ['*,!central', false],
  ['other', false],
  ['external:http:*', false],
])('a mirror of %s replaces Maven Central: %s', (mirrorOf, isUsed) => {
  expect(parse(`<mirrors>${mirror(mirrorOf)}</mirrors>`)).toEqual(
    isUsed ? { url: 'https://maven.example/all' } : {},
  );
});

test('a blocked mirror and one in a comment are not used', () => {
  expect(parse(`<mirrors>${mirror('*', '<blocked>true</blocked>')}</mirrors>`)).toEqual({});
  expect(parse(`<!-- <mirrors>${mirror('*')}</mirrors> -->`)).toEqual({});
});

test('the login of a mirror has its id, and may come from the environment', () => {
  const servers = `<servers>
    <server><id>central</id><username>other</username><password>other</password></server>
    <server><id>ours</id><username>me</username><password>\${env.SECRET}&amp;</password></server>
  </servers>`;
  expect(parse(`${servers}<mirrors>${mirror('*')}</mirrors>`, { SECRET: 's' })).toEqual({
    url: 'https://maven.example/all',
    login: { username: 'me', password: 's&' },
  });
});

test('the first active proxy is used, with its login and the hosts that need none', () => {
  const proxies = `<proxies>
    <proxy><active>false</active><host>a.example</host><port>1</port></proxy>
    <proxy><host>b.example</host><port>3128</port><username>me</username><password>p@ss</password>
      <nonProxyHosts>localhost|*.example.org</nonProxyHosts></proxy>
  </proxies>`;
  expect(parse(proxies)).toEqual({
    proxy: {
      url: 'http://me:p%40ss@b.example:3128',
      exceptHosts: ['localhost', '*.example.org'],
    },
  });
});

test('an encrypted password and invalid XML are errors that name the file', () => {
  const secret = '<username>me</username><password>{COQLCE6DU6GtcS5P=}</password>';
  const failure = (text: string): unknown => {
    try {
      return parse(text);
    } catch (error) {
      return error;
    }
  };
  expect(failure(`<servers><server><id>central</id>${secret}</server></servers>`)).toMatchObject({
    message: 'A password in /home/me/.m2/settings.xml is encrypted.',
    whatToDo: expect.stringContaining('QUICK_MAVEN_REPOSITORY'),
  });
  expect(failure('<mirrors>')).toMatchObject({
    message: 'Maven’s settings /home/me/.m2/settings.xml are not valid XML.',
  });
});
