import t from 'tap';
import type { ComponentReading } from '../../../src/collector.js';
import { ordinary } from '../../../src/config/sections/about-component.js';
import type { HttpComponent } from '../../../src/config/sections/endpoints-section.js';
import { AvailabilityHistory } from '../../../src/status/history.js';
import { httpSettings } from '../../support/config.js';
import { component, nowSeconds, reading, refused } from '../../support/service-fixture.js';
import { page, seen } from '../../support/shown-page.js';

/** The page of this one component, or its visible text. */
const pageOf = (found: Partial<ComponentReading>, change: Partial<HttpComponent> = {}) =>
  page({ components: [component('backend', change)], readings: [reading('backend', found)] });
const seenOf = (...given: Parameters<typeof pageOf>) => seen(pageOf(...given));

t.test('a component has its group, and says when it only warns', async (t) => {
  t.match(seenOf({}), 'HEALTHY backend http://backend.example:8000/health');
  t.notMatch(pageOf({}), 'class="tag"');
  t.match(pageOf({}), '<tr role="row" class="healthy">');
  const paused = page({ components: [component('backend')], readings: [], maintenance: ['backend'] });
  t.match(paused, '<tr role="row" class="unknown in-maintenance">');
  t.match(seenOf({}, { severity: 'warning' }), 'backend only warns http://');
  t.match(seenOf({}, { about: { ...ordinary.about, group: 'shop <1>' } }), 'backend shop &lt;1&gt; http://');
});

t.test('under its message a component has the reason, since when, and how many probes have failed', async (t) => {
  const failed = { level: 'critical', up: false, reason: 'connect', message: 'refused', failuresInARow: 7 } as const;
  const since = { times: { stateSinceSeconds: nowSeconds - 215 } };
  t.match(
    seenOf({ ...failed, ...since }),
    'refused reason: no connection · since 2026-11-23 08:11:55 UTC · 7 failed probes in a row runbook 38 ms',
  );
  t.match(
    seenOf({ ...failed, ...since, reason: null, failuresInARow: 1 }),
    'refused since 2026-11-23 08:11:55 UTC runbook 38 ms',
  );
  t.notMatch(pageOf(since), 'class="facts"', 'nothing for a healthy one');
});

t.test('without a component there is a sentence and no table', async (t) => {
  const shown = page({ components: [] });
  t.match(shown, '<h2>Components</h2><p class="empty">No component is configured.</p>');
  t.notMatch(shown, '<table');
});

t.test('only dependencies that may be the cause have their level', async (t) => {
  const components = [component('api', { dependsOn: ['db', 'cache', 'queue'] }), component('db'), component('cache')];
  const needs = (...down: readonly string[]) =>
    seen(
      page({
        components,
        readings: components.map(({ name }) => (down.includes(name) ? refused(name) : reading(name))),
      }),
    );
  t.match(needs(), 'needs db, cache, queue 200');
  t.match(needs('api', 'cache'), 'needs db, ✖ cache, ? queue – look there first');
  const all = page({ components, readings: [refused('api'), reading('db'), refused('cache')] });
  t.match(all, 'aria-label="CRITICAL">✖</span> <bdi>cache', 'screen readers get the word');
  t.notMatch(seen(page({ components: [component('db')], readings: [] })), 'needs');
});

t.test('the certificate has its remaining days, whose it is, and what is wrong with it', async (t) => {
  const after = (seconds: number, verified = true) => ({
    certificate: { expiryTimestampSeconds: nowSeconds + seconds, verified, whose: 'of "CA"' },
  });
  for (const [seconds, text] of [
    [86_400 * 2, '2 days'],
    [86_400 * 2 - 1, '1 day'],
    [86_399, '0 days'],
    [0, '0 days'],
    [-1, '✖ expired'],
  ] as const) {
    const shown = pageOf(after(seconds));
    t.match(seen(shown), `12 s ago ${text}`);
    t.match(shown, 'title="of &quot;CA&quot;"');
    t.notMatch(seen(shown), 'not trusted');
  }
  t.match(seenOf(after(86_400, false)), '1 day ✖ not trusted');
  t.match(pageOf(after(1)), '>Certificate</th>');
  t.notMatch(pageOf({}), 'Certificate', 'no column without a certificate');
  const both = [reading('tls', after(86_400)), reading('plain')];
  const mixed = page({ components: both.map(({ name }) => component(name)), readings: both });
  t.match(mixed, 'class="certificate absent">–</td>');
  t.match(mixed, 'class="certificate"><span');
});

t.test('the link to the runbook is that of the alert that will most likely fire, or its own', async (t) => {
  const linked = (level: ComponentReading['level'], reason: ComponentReading['reason'] = null, runbookUrl?: string) =>
    /<div class="where"><a href="([^"]*)">runbook</.exec(
      pageOf({ level, reason }, runbookUrl === undefined ? {} : { about: { ...ordinary.about, runbookUrl } }),
    )?.[1];
  t.equal(linked('critical', 'connect'), './runbooks/AiCrmComponentDown');
  t.equal(linked('unknown'), './runbooks/AiCrmComponentUnknown');
  t.equal(linked('warning'), './runbooks/AiCrmComponentSlow');
  t.equal(linked('warning', 'body'), './runbooks/AiCrmComponentDegraded');
  t.equal(linked('warning', 'body', 'https://wiki.example/a'), 'https://wiki.example/a');
  t.equal(linked('healthy'), undefined);
  const trouble = { components: [component('backend')], readings: [refused('backend')] };
  t.notMatch(page(trouble, { links: false }), 'class="where"', 'nothing without a link');
  for (const [url, isLinked] of [
    ['http://localhost:9093', true],
    ['http://192.0.2.1:9093', true],
    ['http://[2001:db8::1]:9093', true],
    ['http://alertmanager:9093', false],
  ] as const) {
    const alertmanager = { url, intervalSeconds: 15, timeoutSeconds: 5, http: httpSettings() };
    t.equal(page({ ...trouble, config: { alertmanager } }).includes('>silence</a>'), isLinked, url);
  }
});

t.test('of the checks inside, all that fail are named, and six that do not', async (t) => {
  const checks = (healthy: number) => ({
    checks: [
      ...Array.from({ length: healthy }, (_, i) => ({ name: `good${i}`, level: 'healthy' as const })),
      { name: 'slow', level: 'warning' as const },
      { name: 'bad', level: 'critical' as const },
    ],
  });
  t.match(seenOf(checks(1)), '✖ bad ▲ slow ✔ good0 38 ms');
  t.match(seenOf(checks(6)), '✔ good5 38 ms');
  t.match(seenOf(checks(7)), '✔ good5 and 1 healthy 38 ms');
  t.notMatch(pageOf({}), 'aria-label="Checks inside"');
});

t.test("the exporter's own history is of the time since its start, up to a day", async (t) => {
  const after = (hours: number) => {
    const history = new AvailabilityHistory();
    const run = { collector: 'backend', success: true, durationSeconds: 0.1, intervalSeconds: 60 } as const;
    for (const seconds of [hours * 3600, 60, 0])
      history.accept(
        {
          ...run,
          endedAtSeconds: nowSeconds - seconds,
          collected: { samples: [], readings: [reading('backend', { up: seconds > 0 })] },
        },
        { isActive: () => false },
      );
    return page({ components: [component('backend')], readings: [reading('backend')] }, { history });
  };
  t.match(seen(after(23)), /38 ms of 2 s 23 h 100 % 12 s ago/);
  t.match(seen(after(24)), /38 ms of 2 s 24 h 100 % 30 days 100 % 12 s ago/);
  t.match(after(23), 'title="23 h: 100 %"');
});

t.test('a response time has its limit, and a component without a reading has none', async (t) => {
  const thresholds = { responseTimeSeconds: { warning: 1, critical: 4 } };
  const shown = pageOf({ responseSeconds: 2 }, { thresholds });
  t.match(seen(shown), '2 s of 1 s');
  t.match(shown, 'data-label="Response" class="response">');
  t.match(shown, '<rect class="value" width="50" height="6"/><rect class="tick" x="24.5" width="1" height="6"/></svg>');
  t.match(page({ components: [component('backend')], readings: [] }), 'class="response absent">–</td>');
});
