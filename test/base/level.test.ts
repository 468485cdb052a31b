import t from 'tap';
import {
  byWorstFirst,
  exitCodeOf,
  levelAgainst,
  levelSigns,
  levels,
  levelWord,
  worstLevel,
} from '../../src/base/level.js';

t.test('the worst level wins, and WARNING is worse than UNKNOWN', async (t) => {
  t.equal(worstLevel(['healthy', 'unknown']), 'unknown');
  t.equal(worstLevel(['unknown', 'warning', 'healthy']), 'warning');
  t.equal(worstLevel(['critical', 'warning', 'unknown']), 'critical');
});

t.test('without any level the result is UNKNOWN', async (t) => {
  t.equal(worstLevel([]), 'unknown');
});

t.test('a value at its threshold is healthy, above it is not', async (t) => {
  const threshold = { warning: 2, critical: 5 };
  t.equal(levelAgainst(2, threshold), 'healthy');
  t.equal(levelAgainst(2.001, threshold), 'warning');
  t.equal(levelAgainst(5, threshold), 'warning');
  t.equal(levelAgainst(5.001, threshold), 'critical');
  t.equal(levelAgainst(Number.NaN, threshold), 'unknown');
});

t.test('exit codes follow the Nagios plugin convention', async (t) => {
  t.same(levels.map(exitCodeOf), [0, 1, 2, 3]);
});

t.test('sorts the worst first', async (t) => {
  t.same([...levels].sort(byWorstFirst), ['critical', 'warning', 'unknown', 'healthy']);
});

t.test('each level has its own word in capitals and its own sign', async (t) => {
  t.same(levels.map(levelWord), ['HEALTHY', 'WARNING', 'CRITICAL', 'UNKNOWN']);
  t.equal(new Set(levels.map((level) => levelSigns[level])).size, levels.length);
  for (const level of levels) t.match(levelSigns[level], /^\S$/u, level);
});
