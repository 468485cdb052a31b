import t from 'tap';
import { readOptions } from '../../bench/options.js';
import { parts } from '../../bench/parts/index.js';
import { findPeers } from '../../bench/process/peers.js';
import { againstPeer, againstTarget } from '../../bench/row.js';
import { median, quantile } from '../../bench/statistics.js';
import { drawTable } from '../../bench/table.js';

const verdicts = (table: string) =>
  table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );

t.test('the verdict uses the measured values, and the limit is beside the ratio to a peer', async (t) => {
  const table = drawTable([
    againstTarget('just met', 'ms', [6], 6),
    againstTarget('missed by less than is shown', 'ms', [6.001], 6),
    againstPeer('a quarter', 's/min', [1.75], { name: 'peer', values: [7] }, 0.25),
    againstPeer('for information', 'MiB', [80], { name: 'peer', values: [20] }),
    { figure: 'a part', gap: 'peer not on PATH' },
  ]);
  t.same(verdicts(table), [
    ['just met', '6.00 ms', '6.00 ms target', '1.00', '–', 'meets'],
    ['missed by less than is shown', '6.00 ms', '6.00 ms target', '1.00', '–', 'misses'],
    ['a quarter', '1.75 s/min', '7.00 s/min peer', '0.250 (≤ 0.25)', '–', 'meets'],
    ['for information', '80.0 MiB', '20.0 MiB peer', '4.00', '–', '–'],
    ['a part', '–', 'peer not on PATH', '–', '–', 'left out'],
  ]);
});

t.test('the ratio is computed for each round, since only simultaneous runs are comparable', async (t) => {
  // In the second minute everything was ten times as expensive. The ratio of the medians alone would be 10.
  const table = drawTable([
    againstPeer('CPU', 's/min', [1, 10, 11], { name: 'peer', values: [1, 20, 1] }, 1),
    againstTarget('RSS', 'MiB', [60, 64, 70], 64),
  ]);
  t.same(verdicts(table), [
    ['CPU', '10.0 s/min', '1.00 s/min peer', '1.00 (≤ 1)', '0.500 – 11.0', 'meets'],
    ['RSS', '64.0 MiB', '64.0 MiB target', '1.00', '0.938 – 1.09', 'meets'],
  ]);
});

t.test('quantiles are measured values', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  t.equal(quantile(hundred, 0.95), 95);
  t.equal(quantile(hundred, 1), 100);
  t.equal(median([3, 1, 2]), 2);
  t.throws(() => median([]), { message: 'no values, no quantile' });
});

t.test('parts are selected by name', async (t) => {
  const partNames = parts.map(({ name }) => name);
  t.match(readOptions(['--only', 'startup,growth', '--quick', '--rounds', '3'], partNames), {
    isQuick: true,
    only: ['startup', 'growth'],
    rounds: 3,
  });
  t.throws(() => readOptions(['--rounds', '0'], partNames), { message: /^--rounds 0 is not a number of rounds/ });
  t.throws(() => readOptions(['--only', 'everything'], partNames), {
    message: /there is no part "everything"; there are thousand, /,
  });
  t.throws(() => readOptions(['--fast'], partNames), { message: /--fast/ });
});

t.test('a peer that is not on PATH is reported by its name', async (t) => {
  t.same(findPeers('/nonexistent').missing(['prometheus', 'node_exporter']), ['prometheus', 'node_exporter']);
});
