import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../src/base/clock.js';
import type { ProgramConfig } from '../../src/config/sections/programs-section.js';
import { createResolver } from '../../src/net/resolve.js';
import { TlsContexts } from '../../src/net/tls.js';
import { historyCollector, type RememberedHistory } from '../../src/sources/history-collector.js';
import { AvailabilityHistory } from '../../src/status/history.js';
import { httpSettings } from '../support/config.js';
import { blocksFrom } from '../support/history-blocks.js';
import { startPrometheus } from '../support/prometheus.js';
import { closedPort } from '../support/raw-server.js';
import { bothAges, missingOf, older } from '../support/versions.js';

t.setTimeout(300_000);

const day = 86_400;
const now = Math.floor(systemClock.nowSeconds() / 300) * 300;
/** The begin of a half hour in the past. */
const outage = Math.floor(now / 1800) * 1800 - 4 * 3600;

function programConfig(url: string, job?: string): ProgramConfig {
  return { url, ...(job === undefined ? {} : { job }), intervalSeconds: 300, timeoutSeconds: 10, http: httpSettings() };
}

/** Two weeks with an outage of a quarter of an hour. */
async function storage(folder: string): Promise<string> {
  const name = 'job_component:aicrm_component_availability:avg5m';
  const lines: string[] = [];
  for (let at = now - 14 * day; at <= now; at += 300)
    lines.push(`${name}{job="crm",component="backend"} ${at > outage && at <= outage + 900 ? 0 : 1} ${at}`);
  for (let at = now - 14 * day; at <= now; at += 300) lines.push(`${name}{job="other",component="backend"} 0 ${at}`);
  await writeFile(join(folder, 'history.om'), `${lines.join('\n')}\n# EOF\n`);
  await blocksFrom(join(folder, 'history.om'), join(folder, 'data'));
  return join(folder, 'data');
}

async function collect(prometheus: ProgramConfig) {
  let told: RememberedHistory | undefined;
  const collector = historyCollector({
    prometheus,
    prober: { resolve: createResolver(), tlsContexts: new TlsContexts(), userAgent: 'test' },
    clock: { ...systemClock, nowSeconds: () => now },
    onHistory: (history) => (told = history),
  });
  const { readings = [], samples } = await collector.collect(new AbortController().signal);
  const has = (name: string) => samples.some(({ series, value }) => series.definition.name === name && value > 0);
  const isUpKnown = samples.some(({ series }) => series.definition.name === 'aicrm_source_up');
  return { told, reading: readings[0], has, isUpKnown };
}

for (const programs of bothAges) {
  t.test(
    `${programs.age} Prometheus gives the availability of components`,
    { skip: missingOf(programs, 'prometheus', 'promtool') },
    async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'history-'));
      t.teardown(() => rm(folder, { recursive: true, force: true }));
      const { url, stop } = await startPrometheus('', {
        programs,
        storage: await storage(folder),
        args: ['--storage.tsdb.retention.time=1y'],
      });
      t.teardown(stop);

      const { told, reading } = await collect(programConfig(url, 'crm'));
      t.match(reading, { subject: 'source', name: 'prometheus', up: true, message: 'the availability of 1 component' });
      const history = new AvailabilityHistory();
      history.replace(told);
      const { slots, upRatio = 0 } = history.of('backend', 'day', now);
      t.equal(
        slots.find(({ startSeconds }) => startSeconds === outage)?.upRatio?.toFixed(1),
        '0.5',
        'half of its half hour',
      );
      t.equal(slots.filter(({ upRatio: each = 1 }) => each < 1).length, 1, 'and nothing beside it');
      t.ok(Math.abs(upRatio - (1 - 900 / day)) < 0.001, `${upRatio}`);
      const { slots: days } = history.of('backend', 'month', now);
      t.equal(days.filter((slot) => slot.upRatio === undefined).length, 15, 'times before its data are not known');
    },
  );
}

t.test(
  'a Prometheus without the rules gives a notice, and one that does not answer is a source that is down',
  { skip: missingOf(older, 'prometheus') },
  async (t) => {
    const { url, stop } = await startPrometheus('');
    t.teardown(stop);
    const empty = await collect(programConfig(url));
    t.equal(empty.told, undefined, 'without the rules Prometheus knows less than the exporter');
    t.match(empty.reading, { up: true, notices: [/check that Prometheus has the rules of this project/] });
    const { told, reading, has, isUpKnown } = await collect(programConfig(`http://127.0.0.1:${await closedPort()}`));
    t.match(reading, { up: false, reason: 'connect' });
    t.ok(has('aicrm_source_failures_total'), 'it is counted');
    t.notOk(isUpKnown || empty.isUpKnown, 'and no alert starts: it is not part of AI-CRM');
    t.equal(told, undefined, "then the exporter's own memory is shown");
    const stranger = await collect(programConfig(`${url}/graph`));
    t.match(stranger.reading, { up: false, message: /check prometheus\.url/ });
  },
);
