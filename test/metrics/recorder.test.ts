import { Counter, Histogram, Registry } from 'prom-client';
import t from 'tap';
import { catalogue } from '../../src/metrics/catalogue.js';
import { addSeries, type Definition, observeSeries, seriesOf, set, setSeries } from '../../src/metrics/definition.js';
import { negotiate } from '../../src/metrics/exposition.js';
import { Recorder, renderProcessMetrics } from '../../src/metrics/recorder.js';

const gauge: Definition<'name' | 'zone'> = {
  name: 'x_gauge',
  type: 'gauge',
  area: 'host',
  help: 'A "gauge" \\ of x.',
  labels: ['name', 'zone'],
};
const counter: Definition<'name'> = {
  name: 'x_seen_total',
  type: 'counter',
  area: 'host',
  help: 'Seen.',
  labels: ['name'],
};
const histogram: Definition<'name'> = {
  name: 'x_seconds',
  type: 'histogram',
  area: 'host',
  help: 'Took.',
  labels: ['name'],
  buckets: [0.1, 1],
};
const newRecorder = () => new Recorder([gauge, counter, histogram], { processMetrics: false });

t.test('a family without series is absent, not 0', async (t) => {
  t.equal(newRecorder().renderOwn('text'), '');
});

t.test('writes HELP, TYPE and samples in the order of their labels, whatever order they came in', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [set(gauge, { name: 'b' }, 2), set(gauge, { name: 'a', zone: 'z' }, 1.5)]);
  t.equal(
    recorder.renderOwn('text'),
    '# HELP x_gauge A "gauge" \\\\ of x.\n# TYPE x_gauge gauge\nx_gauge{name="a",zone="z"} 1.5\nx_gauge{name="b"} 2\n',
  );
});

t.test('drops only the gauge that its collector does not repeat', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [set(gauge, { name: 'a' }, 1), set(gauge, { name: 'b' }, 1)]);
  recorder.record('two', [set(gauge, { name: 'c' }, 1)]);
  recorder.record('one', [set(gauge, { name: 'b' }, 2)]);
  t.match(recorder.renderOwn('text'), 'x_gauge{name="b"} 2\nx_gauge{name="c"} 1\n');
  t.notMatch(recorder.renderOwn('text'), 'name="a"');
});

t.test('a failed run drops the gauges and keeps counters and histograms', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [
    set(gauge, { name: 'a' }, 1),
    addSeries(seriesOf(counter, { name: 'a' }), 2),
    observeSeries(seriesOf(histogram, { name: 'a' }), 0.5),
  ]);
  recorder.record('one', []);
  const text = recorder.renderOwn('text');
  t.notMatch(text, 'x_gauge');
  t.match(text, 'x_seen_total{name="a"} 2');
  t.match(text, 'x_seconds_count{name="a"} 1');
});

t.test('reports whether a family has series, and which', async (t) => {
  const recorder = newRecorder();
  t.notOk(recorder.has('x_gauge') || recorder.has('x_seconds') || recorder.has('no_such_family'));
  t.same(recorder.series(gauge), []);
  recorder.record('one', [set(gauge, { name: 'a' }, 1), observeSeries(seriesOf(histogram, {}), 1)]);
  t.ok(recorder.has('x_gauge') && recorder.has('x_seconds'));
  t.same(recorder.series(gauge), [{ labels: { name: 'a' }, value: 1 }]);
  recorder.record('one', []);
  t.notOk(recorder.has('x_gauge'));
});

t.test('a counter starts at 0, grows, and refuses to shrink', async (t) => {
  const recorder = newRecorder();
  const series = seriesOf(counter, { name: 'a' });
  recorder.record('one', [addSeries(series, 0)]);
  t.match(recorder.renderOwn('text'), 'x_seen_total{name="a"} 0\n');
  recorder.record('one', [addSeries(series, 1), addSeries(series, 2)]);
  t.match(recorder.renderOwn('text'), 'x_seen_total{name="a"} 3\n');
  t.throws(() => recorder.record('one', [addSeries(series, -1)]), /cannot grow by -1/);
});

t.test('a histogram cumulates its buckets and writes bounds as OpenMetrics does in both formats', async (t) => {
  const recorder = newRecorder();
  const series = seriesOf(histogram, { name: 'a' });
  recorder.record(
    'one',
    [0.05, 0.1, 0.7, 3, Number.NaN].map((value) => observeSeries(series, value)),
  );
  const lines =
    'x_seconds_bucket{name="a",le="0.1"} 2\nx_seconds_bucket{name="a",le="1.0"} 3\nx_seconds_bucket{name="a",le="+Inf"} 4\n';
  t.match(recorder.renderOwn('text'), lines);
  t.match(recorder.renderOwn('openmetrics'), lines);
  t.match(recorder.renderOwn('text'), /x_seconds_sum\{name="a"\} 3\.85\nx_seconds_count\{name="a"\} 4\n/);
});

t.test('bounds of thresholds are added to the buckets, and the histogram restarts only when they change', async (t) => {
  const recorder = newRecorder();
  const series = seriesOf(histogram, { name: 'a' });
  recorder.useBounds(histogram, [0.5, 1]);
  recorder.record('one', [observeSeries(series, 0.3)]);
  t.match(recorder.renderOwn('text'), 'le="0.5"} 1');
  recorder.useBounds(histogram, [0.5]);
  t.match(recorder.renderOwn('text'), 'le="0.5"} 1', 'same bounds, nothing lost');
  recorder.useBounds(histogram, [2]);
  t.notMatch(recorder.renderOwn('text'), 'x_seconds');
});

t.test('forgets everything of collectors that are no longer configured', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [set(gauge, { name: 'a' }, 1), addSeries(seriesOf(counter, { name: 'a' }), 1)]);
  recorder.record('two', [addSeries(seriesOf(counter, { name: 'b' }), 1)]);
  recorder.retain(new Set(['two']));
  t.equal(
    recorder.renderOwn('text'),
    '# HELP x_seen_total Seen.\n# TYPE x_seen_total counter\nx_seen_total{name="b"} 1\n',
  );
});

t.test('a gauge that another collector has taken over is not dropped by the earlier one', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [set(gauge, { name: 'a' }, 1)]);
  recorder.record('two', [set(gauge, { name: 'a' }, 2)]);
  recorder.record('one', []);
  t.match(recorder.renderOwn('text'), 'x_gauge{name="a"} 2\n');
  recorder.record('two', []);
  t.equal(recorder.renderOwn('text'), '');
});

t.test('a collector that stays configured still drops what it no longer repeats', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [setSeries(seriesOf(gauge, { name: 'a' }), 1)]);
  recorder.retain(new Set(['one']));
  t.match(recorder.renderOwn('text'), 'x_gauge{name="a"} 1\n');
  recorder.record('one', []);
  t.equal(recorder.renderOwn('text'), '');
});

t.test('a run that only counts does not change the gauges of its collector', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [set(gauge, { name: 'a' }, 1)]);
  recorder.count('one', [
    set(gauge, { name: 'a' }, 5),
    set(gauge, { name: 'b' }, 5),
    addSeries(seriesOf(counter, {}), 3),
    observeSeries(seriesOf(histogram, {}), 0.5),
  ]);
  t.same(
    recorder.snapshot().map(({ name, series }) => [name, series.map(({ value, count }) => value ?? count)]),
    [
      ['x_gauge', [1]],
      ['x_seen_total', [3]],
      ['x_seconds', [1]],
    ],
  );
  t.equal(recorder.size, 1 + 1 + 5);
});

t.test('metrics of a configuration come and go with it, and keep their series while they do not change', async (t) => {
  const recorder = newRecorder();
  const own = (name: string, help = 'Own.'): Definition<'name'> => ({
    name,
    type: 'gauge',
    area: 'configured',
    help,
    labels: ['name'],
  });
  t.throws(() => recorder.record('one', [set(own('x_own'), {}, 1)]), {
    message: 'metric x_own is not in the catalogue',
  });
  recorder.define([own('x_own'), own('x_other')]);
  recorder.record('one', [set(own('x_own'), {}, 1), set(own('x_other'), {}, 2), set(gauge, {}, 3)]);
  recorder.define([own('x_own'), own('x_other', 'Of something else.')]);
  t.match(recorder.renderOwn('text'), /^x_own 1$/m);
  t.equal(recorder.has('x_other'), false);
  recorder.define([]);
  t.same(
    recorder.snapshot().map(({ name }) => name),
    ['x_gauge'],
    'the catalogue stays',
  );
  t.same(recorder.series({ name: 'x_own' }), []);
  recorder.record('one', []);
  t.equal(recorder.renderOwn('text'), '', 'the next run drops the rest of the one before');
  t.throws(() => recorder.define([own('x_gauge')]), { message: 'metric x_gauge is in the catalogue' });
});

t.test('a snapshot has name, type and help of each family with series', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [addSeries(seriesOf(counter, { name: 'a' }), 4)]);
  t.strictSame(recorder.snapshot(), [
    { name: 'x_seen_total', type: 'counter', help: 'Seen.', series: [{ labels: { name: 'a' }, value: 4 }] },
  ]);
});

t.test('hostile label values stay inside their quotes and valid UTF-8', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [set(gauge, { name: 'a"} 1\n\\ü\ud800' }, 1)]);
  t.match(recorder.renderOwn('text'), 'x_gauge{name="a\\"} 1\\n\\\\ü\ufffd"} 1\n');
});

t.test('writes infinities and NaN as Prometheus reads them', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [
    set(gauge, { name: 'a' }, Infinity),
    set(gauge, { name: 'b' }, -Infinity),
    set(gauge, { name: 'c' }, NaN),
    set(gauge, { name: 'd' }, 1e308),
  ]);
  t.match(
    recorder.renderOwn('text'),
    'x_gauge{name="a"} +Inf\nx_gauge{name="b"} -Inf\nx_gauge{name="c"} NaN\nx_gauge{name="d"} 1e+308\n',
  );
});

t.test('OpenMetrics names a counter without _total, escapes quotes in HELP and ends with EOF', async (t) => {
  const recorder = newRecorder();
  recorder.record('one', [addSeries(seriesOf(counter, { name: 'a' }), 1), set(gauge, {}, 1)]);
  const { body, contentType } = await recorder.render('openmetrics');
  const text = body.toString();
  t.match(text, '# HELP x_gauge A \\"gauge\\" \\\\ of x.\n');
  t.match(text, '# TYPE x_seen counter\nx_seen_total{name="a"} 1\n');
  t.ok(text.endsWith('# EOF\n'));
  t.equal(contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
});

t.test('an exposition is complete at any size and in any script', async (t) => {
  const recorder = newRecorder();
  for (const count of [1, 3, 2000, 10]) {
    recorder.record(
      'one',
      Array.from({ length: count }, (_, i) => set(gauge, { name: `${'語'.repeat(20)}${i}` }, i)),
    );
    t.equal((await recorder.render('text')).body.toString(), recorder.renderOwn('text'), `${count} series`);
  }
});

t.test('the buffer of a sent exposition is used again, that of a running one is not', async (t) => {
  const recorder = newRecorder();
  const renderWith = async (value: number) => {
    recorder.record('one', [set(gauge, { name: 'a' }, value)]);
    return recorder.render('text');
  };
  const sent = await renderWith(1);
  const underWay = await renderWith(2);
  const whole = underWay.body.toString();
  sent.release?.();
  sent.release?.();
  const [next, another] = [await renderWith(3), await renderWith(4)];
  t.equal(next.body.buffer, sent.body.buffer);
  t.match(next.body.toString(), 'x_gauge{name="a"} 3\n');
  t.not(another.body.buffer, sent.body.buffer, 'released twice, it is used once');
  t.equal(underWay.body.toString(), whole);
});

t.test('process metrics are written in both formats, without those that need a fast timer', async (t) => {
  const recorder = new Recorder([], { processMetrics: true });
  const text = (await recorder.render('text')).body.toString();
  t.equal((await recorder.render('text')).contentType, 'text/plain; version=0.0.4; charset=utf-8');
  t.match(text, /^# HELP/);
  t.match(text, /^process_resident_memory_bytes \d+$/m);
  t.match(text, /^# TYPE process_cpu_seconds_total counter$/m);
  t.match(text, /^nodejs_version_info\{version="v\d/m);
  t.match(text, /^nodejs_eventloop_lag_seconds \S+$/m);
  t.notMatch(text, /nodejs_eventloop_lag_(?:min|max|mean|stddev|p50|p90|p99)_seconds/);
  t.notMatch(text, /nodejs_active_\w+_total/);
  t.match(text, /^nodejs_active_resources\{type="\w+"\} \d+$/m);
  t.match((await recorder.render('openmetrics')).body.toString(), /^# TYPE process_cpu_seconds counter$/m);
});

t.test('families of prom-client are written like all others', async (t) => {
  const registry = new Registry();
  const times = new Histogram({
    name: 'y_seconds',
    help: 'Took.',
    labelNames: ['kind', 'code'],
    buckets: [0.5, 2],
    registers: [registry],
  });
  times.observe({ kind: 'a"b', code: 5 }, 1);
  const bucket = (le: string, count: number) => `y_seconds_bucket{le="${le}",kind="a\\"b",code="5"} ${count}\n`;
  t.equal(
    await renderProcessMetrics(registry, 'text'),
    `# HELP y_seconds Took.\n# TYPE y_seconds histogram\n${bucket('0.5', 0)}${bucket('2.0', 1)}${bucket('+Inf', 1)}y_seconds_sum{kind="a\\"b",code="5"} 1\ny_seconds_count{kind="a\\"b",code="5"} 1\n`,
  );
  const bare = new Registry();
  new Counter({ name: 'y_total', help: 'Y.', registers: [bare] }).inc(2);
  t.equal(await renderProcessMetrics(bare, 'openmetrics'), '# HELP y Y.\n# TYPE y counter\ny_total 2\n');
});

t.test('the names of the catalogue have prefix and units, help is one sentence, and no name repeats', async (t) => {
  const names = new Set<string>();
  for (const { name, type, help, labels } of catalogue) {
    t.match(name, /^aicrm_[a-z0-9_]+$/, name);
    t.equal(name.endsWith('_total'), type === 'counter', `${name}: _total if and only if a counter`);
    t.match(help, /^[A-Z][^\n]*\.$/, `${name}: help is a sentence`);
    t.notMatch(name, /_(ms|percent|mb|minutes)(_|$)/, `${name}: base units`);
    for (const label of labels)
      t.notMatch(label, /^(job|instance|service|endpoint|env|type|region|cluster|le)$/, `${name}: label ${label}`);
    t.notOk(names.has(name), `${name} once`);
    names.add(name);
  }
});

t.test('chooses the format by Accept, text when in doubt', async (t) => {
  const table: readonly [string | undefined, string][] = [
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/html,application/xhtml+xml;q=0.9,*/*;q=0.8', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'openmetrics'],
    ['application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'openmetrics'],
    ['text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.2', 'text'],
    ['application/openmetrics-text;version=9.9', 'text'],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;q=0.3',
      'text',
    ],
    [';;;,q=', 'text'],
  ];
  for (const [accept, format] of table) t.equal(negotiate(accept), format, accept ?? 'none');
});
