/** The first address of a topic's mirror, which returns the owners of its partitions. */
export interface MirrorUrls {
  /** Base URL, with `{topic}` in place of the topic's name. */
  readonly template: string;
  /** Base URLs of topics with a mirror at another address. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** The default of bakdata Quick: the service of a topic's mirror. */
export const MIRROR_URL_TEMPLATE = 'http://quick-mirror-{topic}';

/** Origin (`http://host:port`) of the mirror of a topic. */
export function mirrorOrigin(urls: MirrorUrls, topic: string): string {
  const override = urls.overrides.get(topic);
  return new URL(override ?? urls.template.replaceAll('{topic}', encodeURIComponent(topic))).origin;
}

/** Undefined if the text is not a template of an http URL without a path. */
export function checkMirrorTemplate(text: string): string | undefined {
  return isOrigin(text.replaceAll('{topic}', 'topic')) ? text : undefined;
}

/** Reads `topic=url,topic=url`. Undefined if an entry is invalid. */
export function parseMirrorOverrides(text: string): ReadonlyMap<string, string> | undefined {
  const overrides = new Map<string, string>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') {
      continue;
    }
    const at = entry.indexOf('=');
    const url = entry.slice(at + 1);
    if (at < 1 || !isOrigin(url)) {
      return undefined;
    }
    overrides.set(entry.slice(0, at), url);
  }
  return overrides;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.protocol === 'http:' && url.pathname === '/' && url.search === '';
}
