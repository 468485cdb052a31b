import { defaultOf, type Kind, type Option, optionOf } from './option.js';
import { knownThresholds, resolveThresholds, thresholdInFile } from './sections/thresholds-section.js';
import { documentKind } from './settings.js';

const width = 120;

/** A key of the examples that contains this line, and the kinds below it. */
interface OpenKey {
  readonly indent: number;
  readonly kinds: readonly Kind<unknown>[];
}

/**
 * The reference of all options: the examples, with the declaration of each option before its first line.
 *
 * In the examples, a `#` without a space before a key means that the value is not the default. A `#` with a space
 * begins a remark about the example.
 */
export function referenceOf(examples: string): string {
  const shown = new Set<Option>();
  const open: OpenKey[] = [{ indent: -1, kinds: [documentKind] }];
  const lines = examples.split('\n').flatMap((line) => {
    const [, blanks = '', hash = '', dash = '', key] = /^( *)(#?)(- )?([\w$][\w.$-]*|"[^"]*"):/.exec(line) ?? [];
    if (key === undefined) return [line];
    const indent = blanks.length + dash.length;
    while ((open.at(-1)?.indent ?? 0) >= indent) open.pop();
    const kinds = open.at(-1)?.kinds.flatMap(alternatives) ?? [];
    const items =
      dash === '' && !kinds.some(({ each, isNamed }) => each !== undefined && isNamed !== true)
        ? kinds
        : kinds.flatMap(itemsOf);
    const options = items.flatMap((item) => optionOf(item, key) ?? []);
    const entries = items.flatMap(({ each, isNamed }) => (each !== undefined && isNamed === true ? [each] : []));
    open.push({ indent, kinds: [...options.map(({ kind }) => kind), ...entries] });
    const news = options.filter((option) => !shown.has(option));
    for (const option of news) shown.add(option);
    // With a dash, the remark has the indentation of the list.
    return [
      ...news.flatMap((option) => comment(prose(option), blanks.length)),
      `${blanks}${hash}${line.slice(blanks.length + hash.length)}`,
    ];
  });
  return lines.join('\n');
}

function itemsOf(kind: Kind<unknown>): readonly Kind<unknown>[] {
  return kind.each !== undefined && kind.isNamed !== true ? alternatives(kind.each) : [kind];
}

function alternatives(kind: Kind<unknown>): readonly Kind<unknown>[] {
  return kind.kinds?.flatMap(alternatives) ?? [kind];
}

/** The text about an option: its help, its type with the range, its default. */
function prose(option: Option): string {
  const { kind, help, isRequired } = option;
  const isPlain = kind.options === undefined && kind.isNamed !== true && !/Mapping|, or /.test(kind.type);
  const byDefault = defaultOf(option);
  const isSaid = isRequired || /[Rr]equired/.test(help) || !isPlain;
  return [
    help,
    ...(isPlain ? [`${kind.type}${isRequired ? ', required' : ''}.`] : isRequired ? ['Required.'] : []),
    ...(byDefault === undefined ? (isSaid ? [] : ['Default none.']) : [`Default ${byDefault}.`]),
  ].join(' ');
}

function comment(text: string, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + 2 + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${' '.repeat(indent)}# ${each}`);
}

function thresholdRows(): readonly string[] {
  const defaults = resolveThresholds({}, () => {});
  return knownThresholds.map(({ key, name, perUnit, row }) => {
    const { warning, critical } = thresholdInFile(defaults[name], perUnit);
    return `| \`${key}\` | ${warning} | ${critical} | ${row.comparedWith} |`;
  });
}

/** docs/thresholds.md with a new table. */
export function withThresholdRows(document: string): string {
  return document.replace(/(?<=^\| Threshold \|.*\n\|.*\n)(?:\|.*\n)*/m, `${thresholdRows().join('\n')}\n`);
}
