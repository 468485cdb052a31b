import t from 'tap';
import { startServer } from '../../../src/http/server.js';
import { launchBrowser } from '../../support/browser.js';
import { contrastScript } from '../../support/contrast.js';
import { ManualClock } from '../../support/manual-clock.js';
import { missing } from '../../support/programs.js';
import { RecordedLog } from '../../support/recorded-log.js';
import {
  calmHost,
  component,
  fixtureService,
  forbidden,
  hostReading,
  nowSeconds,
  ownReadings,
  ownSamples,
  reading,
  refused,
  sourceReading,
  transactionReading,
  withAiCrm,
} from '../../support/service-fixture.js';

t.test('renders in a browser', { skip: missing('chromium'), timeout: 50_000 }, async (t) => {
  const long = 'connection to server at "db" failed: '.repeat(60);
  const name = 'n'.repeat(60);
  const wide = `component-${'name'.repeat(30)}`;
  const components = [
    component('backend', { dependsOn: ['database'] }),
    component('database'),
    component('pm_gateway'),
    component('frontend'),
    component(wide, { about: { labels: {}, group: 'g'.repeat(64) } }),
  ];
  const readings = [
    refused('database'),
    reading('backend', {
      level: 'critical',
      reason: 'status',
      message: long,
      checks: [
        { name: 'redis', level: 'warning' },
        { name: 'agents', level: 'unknown' },
      ],
    }),
    reading('pm_gateway', {
      level: 'warning',
      certificate: { expiryTimestampSeconds: nowSeconds + 86_400, verified: false },
    }),
    reading('frontend'),
    reading(wide, { level: 'unknown', message: 'x'.repeat(400) }),
    ...calmHost,
    ...ownReadings,
    transactionReading('delegate', {
      level: 'critical',
      up: false,
      reason: 'body',
      failedStep: 'suggest',
      message: long,
      steps: [{ name: 'suggest', durationSeconds: 2, reason: 'body' }],
    }),
    forbidden('ai_crm_users'),
    sourceReading(wide, { message: 'y'.repeat(300), notices: ['z'.repeat(300)] }),
    hostReading('/var/lib/a/very/long/path/to/some/volume/of/the/database', 0.97, {
      level: 'critical',
      message: '97 GiB of 100 GiB used',
    }),
  ];
  const samples = ownSamples.filter(({ series }) => series.definition.name !== 'aicrm_users');
  const service = fixtureService({
    components,
    readings,
    samples,
    config: { ...withAiCrm, name },
    failed: { tasks: long },
    maintenance: ['frontend'],
    ageSeconds: 100,
  });
  const server = await startServer(service, {
    host: '127.0.0.1',
    port: 0,
    telemetryPath: '/metrics',
    version: '1.0.0',
    log: new RecordedLog(),
    clock: new ManualClock(),
  });
  t.teardown(() => server.stop());
  const browser = await launchBrowser();
  t.teardown(() => browser.close());

  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1440, height: 900 } });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
    t.equal(await page.title(), `✖ CRITICAL – ${name}`);
    t.equal(
      await page.evaluate('getComputedStyle(document.body).maxWidth'),
      '1680px',
      `${colorScheme}: the policy allows the style sheet`,
    );
    const found = await page.evaluate<readonly { text: string; ratio: number }[]>(contrastScript);
    t.ok(found.filter(({ text }) => text.startsWith('level ')).length > 15, `${colorScheme}: level words were found`);
    t.same(
      found.filter(({ ratio }) => !(ratio >= 4.5)),
      [],
      `${colorScheme}: every text has a contrast of 4.5 or more`,
    );
    for (const width of [360, 768, 1120, 1280, 1400, 1440, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      t.equal(
        await page.evaluate('document.documentElement.scrollWidth'),
        width,
        `${colorScheme}, ${width} px: nothing to scroll sideways`,
      );
      t.ok(
        (await page.evaluate<number>(
          'Math.min(...[...document.querySelectorAll("td.said")].map((cell) => cell.clientWidth))',
        )) >= 140,
        `${colorScheme}, ${width} px: the answers have room for words`,
      );
      t.equal(
        await page.getByRole('row').count(),
        components.length + 1 + 1 + 1 + 4 + 1,
        `${colorScheme}, ${width} px: screen readers see tables`,
      );
    }
    t.same(complaints, [], `${colorScheme}: the browser reports no problem`);
    await page.close();
  }
});
