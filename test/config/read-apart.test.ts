import t from 'tap';
import { loadConfig } from '../../src/config/load.js';
import { readSettingsApart } from '../../src/config/read-apart.js';

t.test('another process reads the same settings', async (t) => {
  const directory = t.testdir({
    'monitoring.yml':
      'endpoints:\n  a: {url: "http://localhost:1/${PATH_OF_A}", headers: {x: ä}, expect: {body_regex: "^x"}}\nmaintenance_windows: [{cron: "0 1 * * *", duration: 1h}]\n',
  });
  const environment = { PATH_OF_A: 'health' };
  const apart = await loadConfig(undefined, { environment, directory, isLasting: true });
  t.match(apart.components, [{ name: 'a', url: 'http://localhost:1/health' }]);
  t.strictSame(apart, await loadConfig(undefined, { environment, directory }));
});

t.test('problems are told as ever', async (t) => {
  const directory = t.testdir({
    'monitoring.yml': 'endpoints: {a: "ftp://x"}\nretries: -1\n',
    'cycle.yml': 'endpoints:\n  a: {url: "tcp://b:1", depends_on: [b]}\n',
  });
  await t.rejects(loadConfig('monitoring.yml', { environment: {}, directory, isLasting: true }), {
    code: 'config_invalid',
    message: /^monitoring\.yml:1:16 endpoints\.a: .*\nmonitoring\.yml:2:10 retries: /,
  });
  await t.rejects(loadConfig('cycle.yml', { environment: {}, directory, isLasting: true }), {
    message: /^cycle\.yml:2:\d+ endpoints\.a\.depends_on\[0\]: no component is called "b"/,
  });
});

t.test('nothing is answered for a text with problems', async (t) => {
  t.equal(await readSettingsApart('endpoints: [', {}), null);
  t.equal(await readSettingsApart('a: ${UNSET}', {}), null);
  t.match(await readSettingsApart('', {}), { settings: {} });
});
