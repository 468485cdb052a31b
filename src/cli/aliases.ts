/** Flags of the monitoring document's commands, and what they are called here. */
const renamed: Readonly<Record<string, string>> = { '--config': '--config.file' };

/** The file that `--generate-file` writes when it is not given one. */
const defaultReport = 'dashboard.html';

/**
 * Translates the monitoring document's flags into ours: `--once` is the command `check`, `--generate-file FILE` is
 * `check --html FILE`, `--config FILE` is `--config.file FILE`, `--port N` is `--web.listen-address :N`. `args` are the
 * arguments behind the program's name.
 */
export function translateAliases(args: readonly string[]): readonly string[] {
  const translated: string[] = [];
  let isCheck = false;
  const rest = args.flatMap((argument) => splitEquals(argument));
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    if (next === '--once') isCheck = true;
    else if (next === '--generate-file') {
      isCheck = true;
      translated.push(
        '--html',
        rest[0] === undefined || rest[0].startsWith('-') ? defaultReport : (rest.shift() ?? defaultReport),
      );
    } else if (next === '--port') translated.push('--web.listen-address', `:${rest.shift() ?? ''}`);
    else translated.push(renamed[next] ?? next);
  }
  return isCheck && translated[0] !== 'check' ? ['check', ...translated] : translated;
}

/** `--port=1` as two words, for the flags that are translated; all others are left as they are. */
function splitEquals(argument: string): string[] {
  const parts = /^(--(?:config|port|generate-file))=(.*)$/s.exec(argument);
  return parts === null ? [argument] : [parts[1] ?? '', parts[2] ?? ''];
}
