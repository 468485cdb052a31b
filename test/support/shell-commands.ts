/** An operator between commands, space, a redirection (with its target descriptor), or a word. */
const token = /(&&|\|\||[|;]|&(?!\d))|(\s+)|(\d?(?:>>?|<)(&\d)?)|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\|;&<>])+/g;

/**
 * The commands of a shell script as lists of words, without redirections, comments, `sudo` and variables before them. It knows enough of
 * the shell's syntax for guides; here-documents are skipped.
 */
export function shellCommands(script: string): readonly (readonly string[])[] {
  const joined = script.replaceAll(/\\\n/g, ' ').replaceAll(/<<-?\s*'?(\w+)'?([^\n]*)\n.*?^\s*\1$/gms, '$2');
  return joined.split('\n').flatMap((line) => commandsOf(line));
}

function commandsOf(line: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  let isFileNext = false;
  for (const { 0: text, 1: operator, 2: space, 3: redirection, 4: descriptor } of line.matchAll(token)) {
    if (space !== undefined) continue;
    if (operator === undefined && redirection === undefined && text.startsWith('#')) break;
    if (operator !== undefined) commands.push([]);
    else if (redirection === undefined && !isFileNext) commands.at(-1)?.push(text);
    isFileNext = redirection !== undefined && descriptor === undefined;
  }
  return commands.map((words) => words.slice(precedingWords(words)).map(unquoted)).filter(({ length }) => length > 0);
}

/** The number of words before the command that do not change it. */
function precedingWords(words: readonly string[]): number {
  let count = 0;
  while (/^\w+=/.test(words[count] ?? '')) count += 1;
  if (words[count] === 'sudo') count += words[count + 1] === '-u' ? 3 : 1;
  return count;
}

function unquoted(word: string): string {
  return word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  );
}
