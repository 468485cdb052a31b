import { mask } from '../base/sensitive.js';

/**
 * What is wrong with a query that is to read and nothing else, or undefined. This is for telling mistakes early: that the
 * query really only reads is seen to by the server, see `readRows`.
 */
export function queryProblem(query: string): string | undefined {
  const code = codeOf(query);
  if (code === undefined) return 'has a quote or comment that does not end';
  if (!/^\s*(?:select|with)\b/i.test(code)) return 'must begin with select or with: a source may only read';
  if (/;\s*\S/.test(code)) return 'has more than one statement';
  return undefined;
}

/** The query as it may be shown: every text in it masked, and every comment left out. Quoted names stay. */
export function withoutTexts(query: string): string {
  const shown = rewritten(query, (quoted) => (quoted.startsWith('"') ? quoted : `'${mask}'`));
  return shown ?? mask;
}

/** The query with every comment as a space and every text and quoted name as `''`; undefined when one of them has no end. */
function codeOf(query: string): string | undefined {
  return rewritten(query, () => "''");
}

/** The query with every comment as a space and every text and quoted name as `write` has it; undefined when one of them has no end. */
function rewritten(query: string, write: (quoted: string) => string): string | undefined {
  let code = '';
  // Kept apart, because asking a text that grows for its end makes V8 copy all of it, each time.
  let last = '';
  let at = 0;
  while (at < query.length) {
    const character = query.charAt(at);
    // After a letter, `e'` and `$$` are the end of a name and not the beginning of a text.
    const isInName = /[eE$]/.test(character) && /[\w$]/.test(last);
    const end = isInName ? at : endOfQuoted(query, at);
    if (end === undefined) return undefined;
    const written = end === at ? character : character === '-' || character === '/' ? ' ' : write(query.slice(at, end));
    code += written;
    last = written.slice(-1);
    at = Math.max(end, at + 1);
  }
  return code;
}

/** Where the comment, text or quoted name ends that begins here; `at` itself when none does, undefined when it has no end. */
function endOfQuoted(query: string, at: number): number | undefined {
  const endOf = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.test(query) ? pattern.lastIndex : undefined;
  };
  if (query.startsWith('--', at)) return endOf(/[^\n]*\n?/y);
  if (query.startsWith('/*', at)) return endOfComment(query, at);
  // A backslash takes the next character's meaning away.
  if (/^[eE]'/.test(query.slice(at, at + 2))) return endOf(/.'(?:[^'\\]|''|\\[\s\S])*'/y);
  if (query.startsWith("'", at)) return endOf(/'(?:[^']|'')*'/y);
  if (query.startsWith('"', at)) return endOf(/"(?:[^"]|"")*"/y);
  const endOfTag = endOf(/\$(?:[A-Za-z_]\w*)?\$/y);
  if (endOfTag === undefined) return at;
  const tag = query.slice(at, endOfTag);
  const close = query.indexOf(tag, endOfTag);
  return close === -1 ? undefined : close + tag.length;
}

/** Comments of this kind may contain each other. */
function endOfComment(query: string, from: number): number | undefined {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  let depth = 0;
  for (let mark = marks.exec(query); mark !== null; mark = marks.exec(query)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return undefined;
}
