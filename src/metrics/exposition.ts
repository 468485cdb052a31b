/** The formats that a scrape can request. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** A whole exposition. */
export interface Exposition {
  /** UTF-8. */
  readonly body: Buffer;
  readonly contentType: string;
  /**
   * To call when nobody reads the body any more, so that a later exposition can use its memory. Otherwise the garbage
   * collector frees it.
   */
  readonly release?: () => void;
}

/** `Content-Type` of each format. */
export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The HELP and TYPE lines of a family. OpenMetrics names a counter without `_total`, which only its samples have. */
export function heading(
  family: { readonly name: string; readonly type: string; readonly help: string },
  format: ExpositionFormat,
): string {
  const open = format === 'openmetrics';
  const name = open && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
  const help = family.help.replace(/[\\\n]/g, (character) => (character === '\n' ? '\\n' : '\\\\'));
  return `# HELP ${name} ${open ? help.replaceAll('"', '\\"') : help}\n# TYPE ${name} ${family.type}\n`;
}

/** The end of an exposition. */
export function closing(format: ExpositionFormat): string {
  return format === 'openmetrics' ? '# EOF\n' : '';
}

/**
 * The format that an `Accept` header prefers by its q values. OpenMetrics only by name, in version 1.x, in 0.0.1 (older
 * versions of Prometheus), or without a version. Otherwise the text format.
 */
export function negotiate(accept: string | undefined): ExpositionFormat {
  let best: { format: ExpositionFormat; quality: number } = { format: 'text', quality: 0 };
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const parameter = (name: string) =>
      parameters
        .find((text) => text.startsWith(`${name}=`))
        ?.slice(name.length + 1)
        .replaceAll('"', '');
    const quality = Number(parameter('q') ?? 1);
    const format = formatOf(type, parameter('version'));
    if (format !== undefined && quality > best.quality) best = { format, quality };
  }
  return best.format;
}

function formatOf(type: string, version: string | undefined): ExpositionFormat | undefined {
  if (type === 'application/openmetrics-text')
    return version === undefined || version.startsWith('1.') || version === '0.0.1' ? 'openmetrics' : undefined;
  return type === 'text/plain' || type === 'text/*' || type === '*/*' ? 'text' : undefined;
}
