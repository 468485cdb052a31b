import t from 'tap';
import { allowedTarget } from '../../src/collectors/allowed-target.js';

const patterns = ['https://*.crm.test/*', 'http://crm.test:8000/health'];

t.test('a URL that one of the patterns permits is a target', async (t) => {
  t.equal(allowedTarget('https://a.crm.test/x?y', patterns).href, 'https://a.crm.test/x?y');
  t.equal(allowedTarget('http://crm.test:8000/health', patterns).host, 'crm.test:8000');
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
    t.throws(() => allowedTarget(target, patterns), { code, message, expose: true }, target.slice(0, 60));
  t.ok(allowedTarget(`https://a.crm.test/${'x'.repeat(2048 - 19)}`, patterns), '2048 characters');
});
