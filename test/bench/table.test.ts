import t from 'tap';
import { readOptions } from '../../bench/options.js';
import type { Bench } from '../../bench/part.js';
import { createParts, partNames } from '../../bench/parts/index.js';
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

t.test('the verdict is on the measured figures, with the limit beside the ratio to a peer', async (t) => {
  const table = drawTable([
    againstTarget('just met', 'ms', 6, 6),
    againstTarget('missed by less than is shown', 'ms', 6.001, 6),
    againstPeer('a quarter', 's/min', 1.75, { name: 'peer', value: 7 }, 0.25),
    againstPeer('for information', 'MiB', 80, { name: 'peer', value: 20 }),
    { figure: 'a part', gap: 'peer not on PATH' },
  ]);
  t.same(verdicts(table), [
    ['just met', '6.00 ms', '6.00 ms target', '1.00', 'meets'],
    ['missed by less than is shown', '6.00 ms', '6.00 ms target', '1.00', 'misses'],
    ['a quarter', '1.75 s/min', '7.00 s/min peer', '0.250 (≤ 0.25)', 'meets'],
    ['for information', '80.0 MiB', '20.0 MiB peer', '4.00', '–'],
    ['a part', '–', 'peer not on PATH', '–', 'left out'],
  ]);
});

t.test('quantiles are values that were measured', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  t.equal(quantile(hundred, 0.95), 95);
  t.equal(quantile(hundred, 1), 100);
  t.equal(median([3, 1, 2]), 2);
  t.throws(() => median([]), { message: 'no values, no quantile' });
});

t.test('parts are chosen by the names they have', async (t) => {
  t.same(
    createParts({} as Bench).map(({ name }) => name),
    partNames,
  );
  t.match(readOptions(['--only', 'startup,latency', '--quick'], partNames), {
    isQuick: true,
    only: ['startup', 'latency'],
  });
  t.throws(() => readOptions(['--only', 'everything'], partNames), {
    message: /there is no part "everything"; there are thousand, /,
  });
  t.throws(() => readOptions(['--fast'], partNames), { message: /--fast/ });
});

t.test('a peer that is not on PATH is missing by its name', async (t) => {
  t.same(findPeers('/nonexistent').missing(['prometheus', 'node_exporter']), ['prometheus', 'node_exporter']);
});
