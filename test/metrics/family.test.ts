import t from 'tap';
import { type Definition, escapeLabelValue, seriesOf } from '../../src/metrics/definition.js';
import { closing, heading, negotiate } from '../../src/metrics/exposition.js';
import { Family, formatBound, formatValue } from '../../src/metrics/family.js';
import { TextBytes } from '../../src/metrics/recorder.js';

const gauge: Definition<'name' | 'zone'> = {
  name: 'x_gauge',
  type: 'gauge',
  area: 'host',
  help: 'X.',
  labels: ['name', 'zone'],
};
const counter: Definition<'name'> = { name: 'x_total', type: 'counter', area: 'host', help: 'X.', labels: ['name'] };
const histogram: Definition<'name'> = {
  name: 'x_seconds',
  type: 'histogram',
  area: 'host',
  help: 'X.',
  labels: ['name'],
  buckets: [0.1, 1],
};
const linesOf = (family: Family) => [...family.texts()].join('');
const named = (name: string) => seriesOf(gauge, { name });

t.test('a series belongs to the collector that set it last, and no other can drop it', async (t) => {
  const family = new Family(gauge);
  family.set('one', 1, named('a'), 1);
  t.match(family.set('two', 2, named('a'), 1), { owner: 'two', run: 2, value: 1 });
  t.equal(linesOf(family), 'x_gauge{name="a"} 1\n');
  family.drop('one', named('a').key);
  t.equal(linesOf(family), 'x_gauge{name="a"} 1\n');
  family.drop('two', named('b').key);
  family.drop('two', named('a').key);
  t.equal(linesOf(family), '');
  t.equal(family.size, 0);
});

t.test('counters and histograms also get a new owner', async (t) => {
  const [counts, times] = [new Family(counter), new Family(histogram)];
  for (const owner of ['one', 'two']) {
    counts.add(owner, seriesOf(counter, {}), 0);
    times.observe(owner, seriesOf(histogram, {}), 0.5);
  }
  for (const family of [counts, times]) family.retain(new Set(['two']));
  t.equal(linesOf(counts), 'x_total 0\n');
  t.match(linesOf(times), 'x_seconds_count 2\n');
  for (const family of [counts, times]) {
    family.retain(new Set(['one']));
    t.equal(linesOf(family), '');
  }
});

t.test('the text of a series is rebuilt only after a change', async (t) => {
  const family = new Family(gauge);
  family.set('one', 1, named('b'), 1);
  const before = family.set('one', 1, named('a'), 0);
  t.equal(linesOf(family), 'x_gauge{name="a"} 0\nx_gauge{name="b"} 1\n');
  const line = before.text;
  t.equal(family.set('one', 2, named('a'), 0).text, line);
  t.equal(family.set('one', 3, named('a'), NaN).text, 'x_gauge{name="a"} NaN\n');
  t.equal(linesOf(family), 'x_gauge{name="a"} NaN\nx_gauge{name="b"} 1\n');
  family.set('one', 4, seriesOf(gauge, { name: 'a', zone: 'z' }), 5);
  t.equal(linesOf(family), 'x_gauge{name="a",zone="z"} 5\nx_gauge{name="a"} NaN\nx_gauge{name="b"} 1\n');
  const counts = new Family(counter);
  counts.add('one', seriesOf(counter, {}), 2);
  t.equal(linesOf(counts), 'x_total 2\n');
  counts.add('one', seriesOf(counter, {}), 0.5);
  t.equal(linesOf(counts), 'x_total 2.5\n');
  for (const amount of [-1, NaN])
    t.throws(() => counts.add('one', seriesOf(counter, {}), amount), {
      message: `x_total: a counter cannot grow by ${amount}`,
    });
});

t.test('an observation is in the first bucket whose bound is not lower, or in the last', async (t) => {
  const family = new Family(histogram);
  family.observe('one', seriesOf(histogram, { name: 'a' }), 1);
  t.equal(
    linesOf(family),
    'x_seconds_bucket{name="a",le="0.1"} 0\nx_seconds_bucket{name="a",le="1.0"} 1\nx_seconds_bucket{name="a",le="+Inf"} 1\nx_seconds_sum{name="a"} 1\nx_seconds_count{name="a"} 1\n',
  );
  for (const value of [0.1, 7, NaN]) family.observe('one', seriesOf(histogram, { name: 'a' }), value);
  t.same(family.snapshot(), [
    { labels: { name: 'a' }, buckets: { '0.1': 1, '1.0': 2, '+Inf': 3 }, sum: 8.1, count: 3 },
  ]);
  const bare = new Family({ ...histogram, buckets: [] });
  bare.observe('one', seriesOf(histogram, {}), 2);
  t.equal(linesOf(bare), 'x_seconds_bucket{le="+Inf"} 1\nx_seconds_sum 2\nx_seconds_count 1\n');
  const { buckets: _none, ...without } = histogram;
  const unbounded = new Family(without);
  unbounded.observe('one', seriesOf(histogram, {}), 2);
  t.equal(linesOf(unbounded), linesOf(bare));
});

t.test('a histogram counts one series per line, any other type one in all', async (t) => {
  const times = new Family(histogram);
  t.equal(times.size, 0);
  for (const name of ['a', 'b']) times.observe('one', seriesOf(histogram, { name }), 1);
  t.equal(times.size, 10);
  t.equal(times.size, linesOf(times).trimEnd().split('\n').length);
  const gauges = new Family(gauge);
  for (const name of ['a', 'b']) gauges.set('one', 1, named(name), 1);
  t.equal(gauges.size, 2);
});

t.test('added bounds are sorted and unique; equal bounds do not reset the histogram', async (t) => {
  const family = new Family(histogram);
  const observe = () => family.observe('one', seriesOf(histogram, {}), 3);
  const bounds = () => [...linesOf(family).matchAll(/le="([^"]+)"/g)].map(([, bound]) => bound);
  family.useBounds([10, 2, 1]);
  observe();
  t.same(bounds(), ['0.1', '1.0', '2.0', '10.0', '+Inf']);
  family.useBounds([2, 10]);
  t.match(linesOf(family), 'x_seconds_count 1');
  for (const extra of [[2, 11], [2], [2, 3, 11]]) {
    family.useBounds(extra);
    t.equal(linesOf(family), '', `${extra}: restarted`);
    observe();
    t.same(bounds(), ['0.1', '1.0', ...extra.map((bound) => `${bound}.0`), '+Inf']);
  }
});

t.test('a snapshot has the labels of a series, in the order of the text', async (t) => {
  const family = new Family(gauge);
  family.set('one', 1, seriesOf(gauge, { name: 'b', zone: undefined } as unknown as { readonly name: string }), 2);
  family.set('one', 1, seriesOf(gauge, { name: 'a', zone: 'z' }), 1);
  t.strictSame(family.snapshot(), [
    { labels: { name: 'a', zone: 'z' }, value: 1 },
    { labels: { name: 'b' }, value: 2 },
  ]);
});

t.test('labels have the order of their definition, and empty ones are absent', async (t) => {
  t.equal(seriesOf(gauge, { zone: 'z', name: 'a' }).key, '{name="a",zone="z"}');
  t.equal(seriesOf(gauge, { zone: 'z', name: '' }).key, '{zone="z"}');
  t.equal(seriesOf(gauge, {}).key, '');
  t.equal(escapeLabelValue('a"b\\c\nd'), 'a\\"b\\\\c\\nd');
});

t.test('numbers and bounds are written as Prometheus reads them', async (t) => {
  t.same([0.5, 1, 1e21, NaN, Infinity, -Infinity].map(formatValue), ['0.5', '1', '1e+21', 'NaN', '+Inf', '-Inf']);
  t.same([0.5, 1, -2, Infinity].map(formatBound), ['0.5', '1.0', '-2.0', '+Inf']);
});

t.test('a heading is escaped for its format, and only counters lose the suffix _total', async (t) => {
  const help = 'A "b" \\ c\nd.';
  t.equal(
    heading({ name: 'x_total', type: 'counter', help }, 'text'),
    '# HELP x_total A "b" \\\\ c\\nd.\n# TYPE x_total counter\n',
  );
  t.equal(
    heading({ name: 'x_total', type: 'counter', help }, 'openmetrics'),
    '# HELP x A \\"b\\" \\\\ c\\nd.\n# TYPE x counter\n',
  );
  t.equal(
    heading({ name: 'x_total_a', type: 'counter', help: 'X.' }, 'openmetrics'),
    '# HELP x_total_a X.\n# TYPE x_total_a counter\n',
  );
  t.equal(
    heading({ name: 'x_total', type: 'gauge', help: 'X.' }, 'openmetrics'),
    '# HELP x_total X.\n# TYPE x_total gauge\n',
  );
  t.same([closing('text'), closing('openmetrics')], ['', '# EOF\n']);
});

t.test('the format with the highest quality wins, the first of equals, and none with quality 0', async (t) => {
  const open = 'application/openmetrics-text';
  const table: readonly [string, string][] = [
    [open, 'openmetrics'],
    [`${open};version=1.1.0`, 'openmetrics'],
    [`${open};version=0.0.2`, 'text'],
    [`${open};version="1.0.0"`, 'openmetrics'],
    [`APPLICATION/OpenMetrics-Text; Q=0.5 , text/plain;q=0.4`, 'openmetrics'],
    [`${open};q=0.5,text/*;q=0.6`, 'text'],
    [`${open};q=0.5,*/*;q=0.6`, 'text'],
    [`text/plain;q=0.5,${open};q=0.5`, 'text'],
    [`${open};q=0.5,text/plain;q=0.5`, 'openmetrics'],
    [`${open};q=0`, 'text'],
    [`${open};q=0.5,image/png`, 'openmetrics'],
    [`text/plain; q=0.4, ${open}; q=0.5`, 'openmetrics'],
  ];
  for (const [accept, format] of table) t.equal(negotiate(accept), format, accept);
});

t.test('texts are complete, whatever the size of the first buffer', async (t) => {
  for (const expected of [0, 10, 100_000]) {
    const bytes = new TextBytes(expected);
    let whole = '';
    for (let i = 0; i < 40; i++) {
      const part = `${'ü語x'.repeat(i * 97)}${i}\n`;
      whole += part;
      bytes.add(part);
    }
    t.equal(bytes.bytes().toString(), whole, `${expected} bytes expected`);
    const before = bytes.bytes();
    bytes.add('more');
    t.equal(before.toString(), whole, 'later texts are not in it');
  }
});
