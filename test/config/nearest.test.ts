import t from 'tap';
import { createSuggester, nearest, suggestion } from '../../src/config/nearest.js';

t.test('suggests only similar names', async (t) => {
  const known = ['timeout', 'interval', 'url', 'retries'];
  t.equal(nearest('tiemout', known), 'timeout');
  t.equal(nearest('TIMEOUT', known), 'timeout');
  t.equal(nearest('ulr', known), 'url');
  t.equal(nearest('uri', known), 'url');
  t.equal(nearest('time', known), undefined);
  t.equal(nearest('x'.repeat(10_000), known), undefined);
});

t.test('a third of the letters may differ, at most three, and none in words of one or two letters', (t) => {
  const near: readonly (readonly [word: string, meant: string])[] = [
    ['abcx', 'abcd'],
    ['abcdefxyz', 'abcdefghi'],
    ['abcdefghi', 'abcdef'],
    ['abcdef', 'abcdefgh'],
    ['ab', 'AB'],
    ['bacd', 'abcd'],
    ['xbcd', 'abcd'],
    ['acbd', 'abcd'],
  ];
  for (const [word, meant] of near) t.equal(nearest(word, [meant]), meant, `${word} is similar to ${meant}`);
  const far: readonly (readonly [word: string, other: string])[] = [
    ['ab', 'ac'],
    ['abcde', 'abcxy'],
    ['abcdefghijkl', 'abcdefghwxyz'],
    ['xycdefghi', 'abcdefghi'],
    ['metrics', 'retries'],
    ['abcdefghijklmnop', 'abcdefghijkl'],
    ['', 'a'],
    ['-', 'token'],
  ];
  for (const [word, other] of far) t.equal(nearest(word, [other]), undefined, `${word} is not similar to ${other}`);
  t.end();
});

t.test('the most similar of several names is suggested, and the first of equally similar ones', (t) => {
  t.equal(nearest('abcdeg', ['abcdxx', 'abcdef', 'abcdeh']), 'abcdef');
  t.equal(nearest('abcdef', ['abcdeg', 'abcdef']), 'abcdef');
  t.end();
});

t.test('words that both names begin or end with do not count', (t) => {
  for (const mark of ['_', '-', '.', ':']) {
    t.equal(nearest(`smtp${mark}pass`, [`smtp${mark}port`]), undefined);
    t.equal(nearest(`pass${mark}smtp`, [`port${mark}smtp`]), undefined);
    t.equal(nearest(`a${mark}pass${mark}z`, [`a${mark}port${mark}z`]), undefined);
  }
  t.equal(nearest('smtp_prot', ['smtp_port']), 'smtp_port');
  t.equal(nearest('long_word_prot_end', ['long_word_port_end']), 'long_word_port_end');
  t.equal(nearest('smtpxpass', ['smtpxport']), 'smtpxport', 'one word of nine letters');
  t.end();
});

t.test('names are similar with and without a unit, in any spelling', (t) => {
  const units = 's sec secs seconds ms milliseconds minutes hours days percent pct bytes'.split(' ');
  for (const unit of units)
    t.equal(nearest(`response_size_${unit}`, ['response_size_limit_of']), 'response_size_limit_of');
  t.equal(nearest('response_size_other', ['response_size_limit_of']), undefined);
  t.equal(nearest('cpu_usage', ['cpu_usage_percent', 'memory_usage_percent']), 'cpu_usage_percent');
  t.equal(nearest('RetentionDays', ['retention_days']), 'retention_days');
  t.equal(nearest('retention-days', ['retention_days']), 'retention_days');
  t.equal(nearest('_retention__daysToKeep_', ['days_to_keep_of_retention']), 'days_to_keep_of_retention');
  t.equal(nearest('days', ['retention_days']), 'retention_days', 'a unit alone is a word');
  t.equal(nearest('size', ['body_size_of_all', 'body_size']), 'body_size', 'the name with fewer words');
  t.equal(nearest('size', ['body_size', 'page_size']), undefined, 'two names with the same number of words');
  t.equal(nearest('a_size', ['body_size_of_a']), undefined, 'one letter is not a word');
  const long = 'retention_'.repeat(6);
  t.equal(nearest(`${long}days`, [`${long}days_of_it`]), `${long}days_of_it`, '64 characters');
  t.equal(nearest(`${long}xdays`, [`${long}xdays_of_it`]), undefined, 'longer names get no suggestion');
  t.end();
});

t.test('a suggestion is a question, or empty', (t) => {
  t.equal(suggestion('tiemout', ['timeout']), ', did you mean "timeout"?');
  t.equal(suggestion('tiemout', []), '');
  t.end();
});

t.test('after 200,000 comparisons only earlier suggestions are repeated', (t) => {
  const names = Array.from({ length: 100_000 }, (_, index) => `component${index}`);
  const suggest = createSuggester([...names, 'backend']);
  t.equal(suggest('backedn'), ', did you mean "backend"?');
  t.equal(suggest('bakcend'), ', did you mean "backend"?');
  t.equal(suggest('bcakend'), '');
  t.equal(suggest('backedn'), ', did you mean "backend"?');
  t.end();
});
