import t from 'tap';
import { findTarget } from '../../src/collectors/probe-target.js';
import { config, httpComponent, httpSettings } from '../support/config.js';

const strict = { http: httpSettings({ expect: { jsonStatus: true } }), timeoutSeconds: 3 };
const settings = config({
  components: [httpComponent('a', 'http://crm.test:8000/a')],
  probe: {
    allowedTargets: ['https://*.crm.test/*', 'http://crm.test:8000/health'],
    modules: new Map([
      ['default', { http: httpSettings(), timeoutSeconds: 5 }],
      ['strict', strict],
    ]),
  },
});
const find = (target: string, module?: string) => findTarget(settings, target, module);

t.test('a component is found by its name and keeps its settings', async (t) => {
  t.strictSame(find('a'), { component: settings.components[0], isForeign: false, key: 'a' });
});

t.test('a URL that one of the patterns permits is a target with the settings of its module', async (t) => {
  const { component, isForeign } = find('https://a.crm.test/x?y#z', 'strict');
  t.ok(isForeign);
  t.match(component, { ...strict, kind: 'https', name: 'a.crm.test', severity: 'critical' });
  t.match(component, { url: 'https://a.crm.test/x?y', target: 'https://a.crm.test/x', intervalSeconds: 3 });
  t.match(find('http://crm.test:8000/health').component, { kind: 'http', name: 'crm.test:8000', timeoutSeconds: 5 });
});

t.test('the same URL with the same module has the same key, however it is written', async (t) => {
  const { key } = find('https://a.crm.test/x');
  t.equal(find('HTTPS://A.crm.test:443/y/../x#part', 'default').key, key);
  for (const other of [find('https://a.crm.test/x', 'strict'), find('https://a.crm.test/x?'), find('a')])
    t.not(other.key, key);
});

t.test('a component takes no module, and a URL needs one that exists', async (t) => {
  const code = 'bad_request';
  for (const [target, module, message] of [
    ['a', 'default', 'target a is a component and has its own settings; leave module out'],
    ['https://a.crm.test/x', 'other', 'there is no module "other" under probe.modules'],
    ['https://a.crm.test/x', 'm'.repeat(65), `there is no module "${'m'.repeat(64)}" under probe.modules`],
  ] as const)
    t.throws(() => find(target, module), { code, message, expose: true }, message);
});

t.test('a target that is refused says why, and shows only its origin', async (t) => {
  const refused = 'is neither a component nor permitted by probe.allowed_targets';
  const noUrl = 'target must be the name of a component or an http(s) URL that probe.allowed_targets permits';
  const long = 'target is too long: at most 2048 characters, of which the host may have 253';
  const credentials = 'target must not carry credentials; put them into a module under probe.modules';
  const host = (length: number) => `${'a.'.repeat(200)}${'b'.repeat(300)}`.slice(-length);
  for (const [target, code, message] of [
    ['https://other.test/s3cret', 'refused_target', `target https://other.test ${refused}`],
    ['http://crm.test:8000/other', 'refused_target', `target http://crm.test:8000 ${refused}`],
    ['backend', 'bad_request', noUrl],
    ['ftp://a.crm.test/', 'bad_request', noUrl],
    ['https://me@a.crm.test/', 'bad_request', credentials],
    ['https://:s3cret@a.crm.test/', 'bad_request', credentials],
    [`https://a.crm.test/${'x'.repeat(2048 - 18)}`, 'bad_request', long],
    [`https://${host(254)}/`, 'bad_request', long],
    [`${'x'.repeat(2049)}`, 'bad_request', long],
    [`https://${host(253)}/`, 'refused_target', `target https://${host(253)} ${refused}`],
    ['x'.repeat(2048), 'bad_request', noUrl],
  ] as const)
    t.throws(() => find(target), { code, message, expose: true }, target.slice(0, 60));
  t.ok(find(`https://a.crm.test/${'x'.repeat(2048 - 19)}`), '2048 characters');
});
