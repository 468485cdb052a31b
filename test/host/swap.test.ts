import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseSwap } from '../../src/host/swap.js';

const fixture = (path: string) => readFileSync(`test/fixtures/host/${path}`, 'utf8');

t.test('reads swap in bytes, and the pages that went in and out', async (t) => {
  t.same(parseSwap(fixture('linux-6.18/meminfo'), fixture('linux-6.18/vmstat')), {
    totalBytes: 2097148 * 1024,
    usedBytes: 524288 * 1024,
    pagesIn: 5210,
    pagesOut: 88412,
  });
});

t.test('without swap it is 0, and without a meminfo that tells of it absent', async (t) => {
  t.same(parseSwap('SwapTotal:             0 kB\nSwapFree:              0 kB\n', undefined), {
    totalBytes: 0,
    usedBytes: 0,
  });
  t.equal(parseSwap(fixture('linux-2.6.32/meminfo'), fixture('linux-6.18/vmstat')), undefined);
  t.equal(parseSwap('SwapTotal: 4 kB\n', undefined), undefined);
  t.equal(parseSwap('SwapTotal: lots\nSwapFree: 4 kB\n', undefined), undefined);
});

t.test('a container whose limit is below what the host has free uses none', async (t) => {
  t.match(parseSwap('SwapTotal: 4 kB\nSwapFree: 9 kB\n', 'pswpin 7\n'), { totalBytes: 4096, usedBytes: 0, pagesIn: 7 });
});
