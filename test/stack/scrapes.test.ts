import t from 'tap';
import { answerTo } from '../../src/stack/finding.js';
import {
  askExporter,
  askScrapes,
  type ExporterReading,
  exporterFindings,
  type Scrape,
  scrapeFindings,
} from '../../src/stack/scrapes.js';
import { answeringProgram, vector } from '../support/answering-program.js';

t.test('the state of an exporter names what is not well, without maintenance', async (t) => {
  const { client } = await answeringProgram(t, ({ path }) => {
    if (path === '/-/ready') return 'ready';
    if (path === '/metrics')
      return 'other_process_start_time_seconds 7\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1795000000.5\n';
    return path !== '/api/status'
      ? undefined
      : {
          version: '1.2.3',
          name: 'Shop',
          level: 'critical',
          components: [
            { name: 'redis', level: 'critical' },
            { name: 'database', level: 'healthy' },
            { name: 'web', level: 'warning', in_maintenance: true },
          ],
          transactions: [{ name: 'order', level: 'warning' }],
          heartbeats: [{ name: 'backup', level: 'unknown' }],
          measures: [{ name: 'queue', level: 'warning', in_maintenance: false }],
          host: [{ name: 'disk', level: 'critical' }],
          collectors: [
            { name: 'ai-crm', success: false },
            { name: 'host', success: true },
            { name: 'sql', success: null },
          ],
        };
  });
  t.strictSame(await askExporter(client), {
    version: '1.2.3',
    name: 'Shop',
    isReady: true,
    startedAtSeconds: 1_795_000_000.5,
    level: 'critical',
    notWell: ['redis CRITICAL', 'order WARNING', 'backup UNKNOWN', 'queue WARNING', 'disk CRITICAL'],
    components: 3,
    failing: ['ai-crm'],
  });
});

t.test('what an exporter does not say is absent, and another program is no exporter', async (t) => {
  let status: object = { version: '1.2.3', level: 'healthy' };
  const { client, url } = await answeringProgram(t, ({ path }) =>
    path === '/api/status' ? status : path === '/metrics' ? 'up 1\n' : undefined,
  );
  const least = { version: '1.2.3', isReady: false, level: 'healthy', notWell: [], components: 0, failing: [] };
  t.strictSame(await askExporter(client), least);
  for (status of [{ version: '1.2.3', level: 'good' }, { level: 'healthy' }])
    t.match(await answerTo(askExporter(client)), {
      kind: 'stranger',
      what: `${url}/api/status: the answer is not of an ai-crm-exporter`,
      remedy: 'check --exporter.url',
    });
});

t.test('the findings about an exporter say what it cannot measure, and what is wrong with AI-CRM', async (t) => {
  const url = 'http://crm:10059';
  const reading: ExporterReading = {
    version: '1.0.0',
    isReady: true,
    level: 'healthy',
    notWell: ['web WARNING'],
    components: 1,
    failing: [],
  };
  const remedy = `see why at ${url}/`;
  const found = (more: Partial<ExporterReading>) => exporterFindings({ ...reading, ...more }, url);
  t.strictSame(found({}), [{ subject: 'AI-CRM', level: 'healthy', text: '1 component' }]);
  t.strictSame(found({ components: 2, isReady: false, failing: ['sql', 'host'] }), [
    {
      subject: 'exporter',
      level: 'unknown',
      text: 'some collectors have not run yet',
      remedy: 'wait for the longest of check_intervals',
    },
    { subject: 'exporter', level: 'warning', text: 'cannot measure sql, host', remedy },
    { subject: 'AI-CRM', level: 'healthy', text: '2 components' },
  ]);
  t.strictSame(found({ level: 'warning' }), [{ subject: 'AI-CRM', level: 'warning', text: 'web WARNING', remedy }]);
  t.strictSame(found({ level: 'unknown', notWell: [] }), [
    { subject: 'AI-CRM', level: 'unknown', text: 'UNKNOWN', remedy },
  ]);
});

t.test('the scrapes are the targets that were exporters, or have the port and path of this one', async (t) => {
  const target = (instance: string, scrapeUrl: string, more: object = {}) => ({
    labels: { job: 'crm', instance },
    scrapeUrl,
    health: 'up',
    ...more,
  });
  const { client, questions } = await answeringProgram(t, ({ path, query }) => {
    if (path === '/api/v1/targets')
      return {
        data: {
          activeTargets: [
            target('known', 'http://a:1/other', {
              lastScrape: '2026-11-18T11:06:40Z',
              lastScrapeDuration: 0.006,
              scrapeInterval: '15s',
            }),
            target('expected', 'http://b:10059/metrics', {
              health: 'down',
              lastScrape: '0001-01-01T00:00:00Z',
              lastError: 'Get "http://b:10059/metrics?token=x": refused',
            }),
            target('other port', 'http://b:1/metrics'),
            target('other path', 'http://b:10059/other'),
            target('invalid', ':'),
            { scrapeUrl: 'http://c:10059/metrics', health: 'new' },
          ],
        },
      };
    return query.get('query')?.startsWith('process_start_time_seconds') === true
      ? vector([{ job: 'crm', instance: 'known' }, 5000.2])
      : vector([{ job: 'crm', instance: 'known' }, 1]);
  });
  t.strictSame(await askScrapes(client, 'http://here:10059'), [
    {
      job: 'crm',
      instance: 'known',
      url: 'http://a:1/other',
      health: 'up',
      lastScrapeSeconds: 1_795_000_000,
      durationSeconds: 0.006,
      intervalSeconds: 15,
      error: '',
      startedAtSeconds: 5000.2,
    },
    {
      job: 'crm',
      instance: 'expected',
      url: 'http://b:10059/metrics',
      health: 'down',
      durationSeconds: 0,
      intervalSeconds: 60,
      error: 'Get "http://b:10059/…": refused',
    },
    {
      job: '',
      instance: '',
      url: 'http://c:10059/metrics',
      health: 'unknown',
      durationSeconds: 0,
      intervalSeconds: 60,
      error: '',
    },
  ]);
  t.strictSame(
    new Set(questions.flatMap(({ query }) => [...query.values()])),
    new Set([
      'active',
      'group by (job, instance) (last_over_time(aicrm_exporter_build_info[1d]))',
      'process_start_time_seconds and on (job, instance) aicrm_exporter_build_info',
    ]),
  );
});

t.test('a Prometheus without targets scrapes nothing', async (t) => {
  const { client } = await answeringProgram(t, () => ({ data: {} }));
  t.strictSame(await askScrapes(client, 'http://here:10059'), []);
});

const now = 1_000_000;
const url = 'http://crm:10059';
const scrape: Scrape = {
  job: 'ai-crm',
  instance: 'exporter:10059',
  url: 'http://exporter:10059/metrics',
  health: 'up',
  lastScrapeSeconds: now - 4,
  durationSeconds: 0.006,
  intervalSeconds: 5,
  error: '',
  startedAtSeconds: 5000.2,
};
const exporter = (startedAtSeconds: number): ExporterReading => ({
  version: '1.0.0',
  isReady: true,
  startedAtSeconds,
  level: 'healthy',
  notWell: [],
  components: 1,
  failing: [],
});
const levelsOf = (scrapes: readonly Scrape[], startedAtSeconds = 5000.2) =>
  scrapeFindings(scrapes, exporter(startedAtSeconds), url, now).map(({ level, text }) => `${level}: ${text}`);
const healthy = 'healthy: exporter:10059 of job ai-crm: 4 s ago, in 6 ms';

t.test('reports whether Prometheus scrapes this exporter, another one, or none', async (t) => {
  const remedy = /^add to scrape_configs of prometheus\.yml.*\{targets: \["crm:10059"\]\}/;
  t.match(scrapeFindings([], undefined, url, now), [
    { subject: 'scrape', level: 'critical', text: 'Prometheus scrapes no ai-crm-exporter', remedy },
  ]);
  t.same(levelsOf([scrape]), [healthy], 'recognised by its start time, whatever its name');
  t.same(levelsOf([scrape], 5001.1), [healthy], 'times of two clocks differ a little');
  const here = { ...scrape, url: `${url}/metrics` };
  t.same(levelsOf([here], 4000), [healthy], 'recognised by its address');
  t.same(levelsOf([scrape, here], 4000), [healthy, healthy], 'one of two');
  t.same(
    scrapeFindings([scrape], undefined, url, now).map(({ level }) => level),
    ['healthy'],
    'an exporter that does not answer may be this one',
  );
  const other = [healthy, 'critical: Prometheus does not scrape the exporter at http://crm:10059, but others'];
  t.same(levelsOf([scrape], 5002), other);
  t.same(levelsOf([{ ...scrape, url: 'nonsense' }], 5002), other);
  t.same(levelsOf([scrape], now - 120), other);
  t.match(scrapeFindings([scrape], exporter(5002), url, now)[1], { subject: 'scrape', remedy });
  t.match(
    levelsOf([scrape], now - 119)[1],
    /^unknown: .* yet, but others$/,
    'an exporter that just started is not known yet',
  );
});

t.test('reports scrapes that are late, new or down', async (t) => {
  t.same(levelsOf([{ ...scrape, lastScrapeSeconds: now - 0.5 }]), [
    'healthy: exporter:10059 of job ai-crm: just now, in 6 ms',
  ]);
  t.match(levelsOf([{ ...scrape, lastScrapeSeconds: now + 3 }]), [/just now/], 'the clocks differ');
  t.match(levelsOf([{ ...scrape, lastScrapeSeconds: now - 1 }]), [/: 1 s ago/]);
  t.match(levelsOf([{ ...scrape, lastScrapeSeconds: now - 16 }]), [/^healthy/], 'three intervals are normal');
  t.match(levelsOf([{ ...scrape, lastScrapeSeconds: now - 16.5 }]), [/^warning/]);
  t.strictSame(scrapeFindings([{ ...scrape, lastScrapeSeconds: now - 60 }], undefined, url, now), [
    {
      subject: 'scrape',
      level: 'warning',
      text: 'exporter:10059 of job ai-crm: 1 min ago, in 6 ms, though it should be every 5 s',
      remedy: 'see the log of Prometheus, and compare its clock with that of this machine',
    },
  ]);
  const { lastScrapeSeconds: _never, ...unscraped } = scrape;
  const notYet = {
    subject: 'scrape',
    level: 'unknown',
    text: 'exporter:10059 of job ai-crm: not scraped yet',
    remedy: 'wait 5 s',
  };
  t.strictSame(scrapeFindings([unscraped], undefined, url, now), [notYet]);
  t.strictSame(scrapeFindings([{ ...scrape, health: 'unknown' }], undefined, url, now), [notYet]);
  const down = { ...scrape, instance: 'b', health: 'down', error: 'x' } as const;
  t.same(levelsOf([scrape, down]), [healthy, 'warning: b of job ai-crm: x, 4 s ago'], 'one of two');
  t.match(scrapeFindings([scrape], undefined, url, now), [{ subject: 'scrape' }]);
  t.equal(levelsOf([scrape, down], 5002).length, 2, 'the one that is down may be this exporter');
  t.same(levelsOf([down], 5002), ['critical: b of job ai-crm: x, 4 s ago'], 'it may be this exporter');
  t.match(scrapeFindings([{ ...down, error: '' }], undefined, url, now), [
    { subject: 'scrape', text: 'b of job ai-crm: fails, 4 s ago', remedy: /^start that exporter, or fix its target/ },
  ]);
});
