import t from 'tap';
import { heartbeats as table } from '../../../src/http/page/job-table.js';
import { heartbeatsOf, job } from '../../support/heartbeats.js';
import { fixtureService } from '../../support/service-fixture.js';
import { seen } from '../../support/shown-page.js';

t.test('a job has its level, its last report and its interval; what is not known is absent', async (t) => {
  const { heartbeats } = await heartbeatsOf([
    job('backup'),
    job('paused', { about: { labels: {}, description: 'Mail' } }),
  ]);
  await heartbeats.report('backup', { kind: 'success' });
  const service = fixtureService({ components: [], readings: [], heartbeats, maintenance: ['paused'] });
  const shown = table(service.overview());
  const { markup } = shown === false ? { markup: '' } : shown;
  t.same(
    [...markup.matchAll(/<th role="columnheader" scope="col">(.*?)<\/th>/g)].map(([, heading]) => heading),
    ['Level', 'Job', 'Last report', 'Run time', 'Expected', 'Reported'],
  );
  const [backup = '', paused = ''] = markup.split('<tr role="row" class="').slice(1);
  t.match(seen(`<${backup}`), / ✔ HEALTHY backup ended well .* – every 1 h just now/);
  t.match(backup, /^healthy">/);
  t.match(backup, 'class="number absent">–<');
  t.notMatch(backup, 'class="target"');
  t.match(seen(`<${paused}`), / \? UNKNOWN paused maintenance Mail .* – every 1 h never/);
  t.match(paused, /^unknown in-maintenance">/);
  t.equal(table(fixtureService({ components: [], readings: [] }).overview()), false, 'no table without a job');
});
