import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '@quicksilver/processes/code-of';
import type { Environment } from '@quicksilver/processes/run-program';
import { DOMParser, type Element } from '@xmldom/xmldom';
import { LocalKafkaError } from '../local-kafka-error.ts';

export interface MavenLogin {
  readonly username: string;
  readonly password: string;
}

export interface MavenProxy {
  /** `http://user:password@host:port`. */
  readonly url: string;
  /** Patterns of hosts that are reached without it, such as `*.example.org`. */
  readonly exceptHosts: readonly string[];
}

/** What Maven's settings say about the repository `central`. */
export interface MavenSettings {
  /** Of a mirror. */
  readonly url?: string;
  readonly login?: MavenLogin;
  readonly proxy?: MavenProxy;
}

const CENTRAL = 'central';

/** Reads the user's `settings.xml`, or else that of the Maven installation. */
export async function readMavenSettings(env: Environment): Promise<MavenSettings> {
  const installation = env['MAVEN_HOME'] || env['M2_HOME'];
  const files = [
    join(env['HOME'] || homedir(), '.m2', 'settings.xml'),
    ...(installation ? [join(installation, 'conf', 'settings.xml')] : []),
  ];
  for (const file of files) {
    const text = await readIfPresent(file);
    if (text !== undefined) {
      return parseMavenSettings(text, env, file);
    }
  }
  return {};
}

/** Settings that exist but cannot be read must not be ignored: they may name a mirror. */
async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

export function parseMavenSettings(text: string, env: Environment, file: string): MavenSettings {
  const root = parseXml(text, file);
  const valueOf = (parent: Element, name: string): string =>
    childOf(parent, name)
      .map((each) => each.textContent ?? '')
      .join('')
      .trim()
      .replaceAll(/\$\{env\.(\w+)\}/g, (_all, variable: string) => env[variable] ?? '')
      .replaceAll('${user.home}', env['HOME'] || homedir());
  const mirror = entriesOf(root, 'mirrors', 'mirror').find(
    (each) => valueOf(each, 'blocked') !== 'true' && mirrorsCentral(valueOf(each, 'mirrorOf')),
  );
  const serverId = mirror === undefined ? CENTRAL : valueOf(mirror, 'id');
  const server = entriesOf(root, 'servers', 'server').find(
    (each) => valueOf(each, 'id') === serverId && valueOf(each, 'username') !== '',
  );
  const proxy = entriesOf(root, 'proxies', 'proxy').find(
    (each) => valueOf(each, 'active') !== 'false' && valueOf(each, 'host') !== '',
  );
  const loginOf = (entry: Element): MavenLogin => ({
    username: valueOf(entry, 'username'),
    password: plainPassword(valueOf(entry, 'password'), file),
  });
  return {
    ...(mirror === undefined ? {} : { url: valueOf(mirror, 'url') }),
    ...(server === undefined ? {} : { login: loginOf(server) }),
    ...(proxy === undefined
      ? {}
      : {
          proxy: {
            url: proxyUrl(
              valueOf(proxy, 'host'),
              valueOf(proxy, 'port') || '8080',
              valueOf(proxy, 'username') === '' ? undefined : loginOf(proxy),
            ),
            exceptHosts: valueOf(proxy, 'nonProxyHosts')
              .split('|')
              .filter((pattern) => pattern !== ''),
          },
        }),
  };
}

function parseXml(text: string, file: string): Element {
  try {
    const { documentElement } = new DOMParser({
      onError: (level, message) => {
        if (level !== 'warning') {
          throw new Error(message);
        }
      },
    }).parseFromString(text, 'text/xml');
    if (documentElement === null) {
      throw new Error('it is empty');
    }
    return documentElement;
  } catch (error) {
    throw new LocalKafkaError('DOWNLOAD_FAILED', `Maven’s settings ${file} are not valid XML.`, {
      whatToDo: 'Correct the file, or set QUICK_MAVEN_REPOSITORY to the address of a repository.',
      output: error instanceof Error ? error.message.slice(0, 500) : '',
      cause: error,
    });
  }
}

function childOf(parent: Element, name: string): readonly Element[] {
  return [...parent.childNodes].filter(
    (node): node is Element => node.nodeType === node.ELEMENT_NODE && node.nodeName === name,
  );
}

function entriesOf(root: Element, list: string, name: string): readonly Element[] {
  return childOf(root, list).flatMap((each) => childOf(each, name));
}

/** `mirrorOf` is a list of ids and wildcards, and `!central` excludes the repository. */
function mirrorsCentral(mirrorOf: string): boolean {
  const patterns = mirrorOf.split(',').map((pattern) => pattern.trim());
  return (
    !patterns.includes(`!${CENTRAL}`) &&
    patterns.some((pattern) => [CENTRAL, '*', 'external:*'].includes(pattern))
  );
}

function proxyUrl(host: string, port: string, login: MavenLogin | undefined): string {
  const user =
    login === undefined
      ? ''
      : `${encodeURIComponent(login.username)}:${encodeURIComponent(login.password)}@`;
  return `http://${user}${host}:${port}`;
}

/** Only Maven can decrypt a password, which then stands in braces. */
function plainPassword(password: string, file: string): string {
  if (/^\{.*\}$/.test(password)) {
    throw new LocalKafkaError('DOWNLOAD_FAILED', `A password in ${file} is encrypted.`, {
      whatToDo:
        'Set QUICK_MAVEN_REPOSITORY to a repository that needs no password, or put the password into an environment variable: ${env.NAME}.',
    });
  }
  return password;
}
