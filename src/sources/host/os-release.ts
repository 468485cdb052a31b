/**
 * The name of the operating system for people from an `os-release` file: `PRETTY_NAME`, or `NAME` with `VERSION_ID`.
 * Undefined when it has neither.
 */
export function parseOsName(text: string): string | undefined {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*([A-Z][A-Z0-9_]*)=(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, unquote(value));
  }
  const name = values.get('NAME');
  const version = values.get('VERSION_ID');
  return values.get('PRETTY_NAME') || (name && version ? `${name} ${version}` : name) || undefined;
}

/** Values are written as a shell would read them. */
function unquote(value: string): string {
  if (value.length >= 2 && value.startsWith("'") && value.endsWith("'")) return value.slice(1, -1);
  const inner = value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  return inner.replace(/\\(["'\\$`])/g, '$1');
}
