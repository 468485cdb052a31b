/**
 * The commands of a shell script as words, one list for each, without redirections, comments and what only comes before them
 * (`sudo`, variables). Enough of the shell's language for what stands in guides; text of here-documents is passed over.
 */
export function shellCommands(script: string): readonly (readonly string[])[] {
  const joined = script.replaceAll(/\\\n/g, ' ').replaceAll(/<<-?\s*'?(\w+)'?([^\n]*)\n.*?^\s*\1$/gms, '$2');
  return joined.split('\n').flatMap((line) => commandsOf(line));
}

function commandsOf(line: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const { 0: token, 1: operator, 2: space } of line.matchAll(/(&&|\|\||[|;&])|(\s+)|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\|;&])+/g)) {
    if (operator !== undefined) commands.push([]);
    else if (space !== undefined) continue;
    else if (token.startsWith('#')) break;
    else commands.at(-1)?.push(token);
  }
  return commands.map(withoutSurroundings).filter(({ length }) => length > 0);
}

function withoutSurroundings(words: readonly string[]): readonly string[] {
  const rest = words.slice(skipped(words));
  return rest.filter((word, i) => !/^\d?[<>]/.test(word) && !/^\d?(?:>>?|<)$/.test(rest[i - 1] ?? '')).map(unquoted);
}

/** How many words come before the command and change nothing about it. */
function skipped(words: readonly string[]): number {
  let first = 0;
  while (/^\w+=/.test(words[first] ?? '')) first += 1;
  if (words[first] === 'sudo') first += words[first + 1] === '-u' ? 3 : 1;
  return first;
}

function unquoted(word: string): string {
  return word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, (_, single?: string, double?: string, escaped?: string) => single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '');
}
