import { Parser } from 'htmlparser2';
import { readUrl } from '../base/host-name.js';
import type { ResourceKind } from './page-verdict.js';

/** A file that a browser loads for a page. */
export interface PageResource {
  readonly kind: ResourceKind;
  readonly url: URL;
}

/** The files of a page. */
export interface PageContents {
  /** Each file once, in the order of the page. */
  readonly resources: readonly PageResource[];
  /** Files beyond `maxResources`. */
  readonly leftOut: number;
}

/** Maximum number of files that are loaded for one page. */
const maxResources = 200;

/** Types of `<script>` that a browser loads. Others are data. */
const scriptTypes = /^(?:|module|(?:text|application)\/(?:x-)?(?:java|ecma)script)$/i;
/** Browsers with scripts show nothing of these elements. */
const inert: ReadonlySet<string> = new Set(['noscript', 'template']);

/**
 * The scripts, styles and images that an HTML page at this URL names. Files that scripts and styles load are unknown
 * without running them. Invalid URLs, and `data:`, are left out.
 */
export function readPage(markup: string, pageUrl: URL): PageContents {
  const found = new Map<string, PageResource>();
  let base = pageUrl;
  let inertDepth = 0;
  let leftOut = 0;
  const add = (kind: ResourceKind, address: string | undefined) => {
    const url = address === undefined || address.trim() === '' ? undefined : readUrl(address, base.href);
    if (url === undefined) return;
    url.hash = '';
    if ((url.protocol !== 'http:' && url.protocol !== 'https:') || found.has(url.href)) return;
    if (found.size >= maxResources) leftOut++;
    else found.set(url.href, { kind, url });
  };
  const parser = new Parser({
    onopentag: (name, attributes) => {
      if (inert.has(name)) inertDepth++;
      if (inertDepth > 0) return;
      const { href, src } = attributes;
      switch (name) {
        case 'base':
          // Only the first `<base>` counts.
          if (base === pageUrl && href !== undefined) base = readUrl(href, pageUrl.href) ?? base;
          break;
        case 'script':
          if (scriptTypes.test((attributes['type'] ?? '').trim())) add('script', src);
          break;
        case 'img':
          add('image', src);
          break;
        case 'link':
          for (const kind of linkKinds(attributes)) add(kind, href);
      }
    },
    onclosetag: (name) => {
      if (inert.has(name)) inertDepth = Math.max(0, inertDepth - 1);
    },
  });
  parser.end(markup);
  return { resources: [...found.values()], leftOut };
}

/** Files that a `<link>` loads. */
function linkKinds({ rel = '', as = '', disabled }: Readonly<Record<string, string>>): readonly ResourceKind[] {
  const relations = new Set(rel.toLowerCase().split(/\s+/));
  if (relations.has('stylesheet')) return relations.has('alternate') || disabled !== undefined ? [] : ['style'];
  if (relations.has('modulepreload')) return ['script'];
  if (relations.has('icon')) return ['image'];
  if (!relations.has('preload')) return [];
  const kinds: Readonly<Record<string, ResourceKind>> = { script: 'script', style: 'style', image: 'image' };
  const kind = kinds[as.toLowerCase()];
  return kind === undefined ? [] : [kind];
}
