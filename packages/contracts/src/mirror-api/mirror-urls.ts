/** Where the mirror of a topic is asked first; the owners of its partitions are learnt there. */
export interface MirrorUrls {
  /** Base URL, with `{topic}` where the topic's name stands in it. */
  readonly template: string;
  /** Topic to base URL, for topics whose mirror is elsewhere. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** Quick's own: the service of a topic's mirror. */
export const MIRROR_URL_TEMPLATE = 'http://quick-mirror-{topic}';

/** Origin (`http://host:port`) of the mirror of a topic. */
export function mirrorOrigin(urls: MirrorUrls, topic: string): string {
  const override = urls.overrides.get(topic);
  return new URL(override ?? urls.template.replaceAll('{topic}', encodeURIComponent(topic))).origin;
}

/** Undefined where the text is no template of an http URL without a path. */
export function checkMirrorTemplate(text: string): string | undefined {
  return isOrigin(text.replaceAll('{topic}', 'topic')) ? text : undefined;
}

/** Reads `topic=url,topic=url`; undefined where an entry cannot be read. */
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
