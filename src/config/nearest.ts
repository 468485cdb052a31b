/** Maximum number of compared pairs in one search for typing errors. After that there is no suggestion. */
const comparisons = 200_000;

/**
 * The candidate that the word probably means; undefined if none is near.
 *
 * Names consist of words. Words that both have at the beginning or at the end do not count: `smtp_pass` is not
 * `smtp_port`. Of the other letters a third may differ, at most three, and none of one or two. An exchange of
 * neighbours is one difference. The name may lack units and further words, or have an extra unit: `cpu_usage` is
 * `cpu_usage_percent`.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  return byTyping(word, all) ?? byWords(word, all);
}

/** `, did you mean "timeout"?`; empty if no candidate is near. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  return asQuestion(nearest(word, candidates));
}

/** `, did you mean "timeout"?` for `meant`; empty for undefined. */
export function asQuestion(meant: string | undefined): string {
  return meant === undefined ? '' : `, did you mean ${JSON.stringify(meant)}?`;
}

/**
 * `suggestion` for many words and the same candidates. Thousands of wrong names and thousands of right ones would take
 * minutes, so it stops after about 200,000 comparisons.
 */
export function createSuggester(candidates: Iterable<string>): (word: string) => string {
  const all = [...candidates];
  const answers = new Map<string, string>();
  let left = comparisons;
  return (word) => {
    let answer = answers.get(word);
    if (answer === undefined && left > 0) {
      left -= all.length;
      answers.set(word, (answer = suggestion(word, all)));
    }
    return answer ?? '';
  };
}

/** The nearest candidate by typing errors. */
function byTyping(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  const given = word.toLowerCase();
  for (const candidate of candidates) {
    // The distance is at least the difference in length, so a very long word needs no table.
    if (Math.abs(candidate.length - given.length) > 3) continue;
    const [from, to] = withoutCommonWords(given, candidate.toLowerCase());
    // A typing error rarely changes the first letter and another one: `metrics` is not `retries`.
    const most = from[0] === to[0] || from[0] === to[1] || to === '' ? 3 : 1;
    const limit = Math.min(most, from.length < 3 ? 0 : Math.floor(from.length / 3), bestDistance - 1);
    const distance = editDistance(from, to, limit);
    if (distance <= limit) [best, bestDistance] = [candidate, distance];
    if (bestDistance === 0) break;
  }
  return best;
}

/** Both names without the words that both begin or end with. */
function withoutCommonWords(from: string, to: string): readonly [string, string] {
  let start = 0;
  let length = 0;
  while (length < from.length && length < to.length && from[length] === to[length]) {
    if (isBoundary(from[length++])) start = length;
  }
  let end = 0;
  length = 0;
  while (length < from.length - start && length < to.length - start && from.at(-1 - length) === to.at(-1 - length)) {
    if (isBoundary(from.at(-1 - length++))) end = length;
  }
  return [from.slice(start, from.length - end), to.slice(start, to.length - end)];
}

function isBoundary(letter: string | undefined): boolean {
  return letter === '_' || letter === '-' || letter === '.' || letter === ':';
}

const units: ReadonlySet<string> = new Set([
  's',
  'sec',
  'secs',
  'seconds',
  'ms',
  'milliseconds',
  'minutes',
  'hours',
  'days',
  'percent',
  'pct',
  'bytes',
]);

/**
 * The only candidate with all words of the given name and more, or with all but a unit. `RetentionDays` and
 * `retention-days` are `retention_days`.
 */
function byWords(word: string, candidates: readonly string[]): string | undefined {
  // Longer names are not names of options.
  if (word.length > 64) return undefined;
  const given = wordsOf(word);
  if (given.length === 0) return undefined;
  const withoutUnit = given.length > 1 && units.has(given.at(-1) ?? '') ? given.slice(0, -1) : given;
  const found = candidates
    .map((candidate) => ({ candidate, words: wordsOf(candidate) }))
    .filter(
      ({ words }) =>
        words.length >= withoutUnit.length && withoutUnit.every((each) => each.length > 1 && words.includes(each)),
    )
    .sort((a, b) => a.words.length - b.words.length);
  const [first, second] = found;
  return first !== undefined && first.words.length < (second?.words.length ?? Infinity) ? first.candidate : undefined;
}

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((each) => each !== '');
}

/**
 * The number of insertions, deletions, replacements and exchanges of neighbours between two words. Any number above
 * `limit` means more than `limit`.
 */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const exchanged = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (exchanged) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    // The costs cannot fall below this again, except by an exchange that has begun.
    if (least > limit + 1) return limit + 1;
    [beforePrevious, previous] = [previous, current];
  }
  return previous[to.length] ?? 0;
}
