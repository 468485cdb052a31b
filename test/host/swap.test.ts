import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseSwap, swapSamples } from '../../src/host/swap.js';

const fixture = (path: string) => readFileSync(`test/fixtures/host/${path}`, 'utf8');

t.test('reads swap in bytes, and the pages that went in and out', async (t) => {
  t.same(parseSwap(fixture('linux-6.18/meminfo'), fixture('linux-6.18/vmstat')), {
    totalBytes: 2097148 * 1024,
    usedBytes: 524288 * 1024,
    pagesIn: 5210,
    pagesOut: 88412,
  });
});

t.test('without swap the values are 0, and without swap lines in meminfo they are absent', async (t) => {
  t.same(parseSwap('SwapTotal:             0 kB\nSwapFree:              0 kB\n', undefined), {
    totalBytes: 0,
    usedBytes: 0,
  });
  t.equal(parseSwap(fixture('linux-2.6.32/meminfo'), fixture('linux-6.18/vmstat')), undefined);
  t.equal(parseSwap('SwapTotal: 4 kB\n', undefined), undefined);
  t.equal(parseSwap('SwapTotal: lots\nSwapFree: 4 kB\n', undefined), undefined);
});

t.test('pages that are not counted have no series, and only whole lines are read', async (t) => {
  const meminfo = 'SwapTotal: 4 kB\nSwapFree: 1 kB\n';
  const namesOf = (vmstat: string | undefined) => {
    const facts = parseSwap(meminfo, vmstat);
    return facts === undefined ? [] : swapSamples(facts).map(({ series, value }) => [series.definition.name, value]);
  };
  const sizes = [
    ['aicrm_host_swap_total_bytes', 4096],
    ['aicrm_host_swap_used_bytes', 3072],
  ];
  t.same(namesOf(undefined), sizes);
  t.same(namesOf('not_pswpin 1\nnot_pswpout 1\npswpin 7 x\npswpout 7 x\n'), sizes);
  t.same(
    namesOf('pswpin 5\npswpout 0\n')
      .slice(2)
      .map(([, value]) => value),
    [5, 0],
  );
});

t.test('swap use is 0 when more swap is free than the limit of the container', async (t) => {
  t.match(parseSwap('SwapTotal: 4 kB\nSwapFree: 9 kB\n', 'pswpin 7\n'), { totalBytes: 4096, usedBytes: 0, pagesIn: 7 });
});
