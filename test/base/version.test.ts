import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import t from 'tap';
import { bundled, findBundled, isOlder, readVersion } from '../../src/base/version.js';

t.test('versions are compared by their first two numbers', (t) => {
  const older: readonly (readonly [version: string, than: string])[] = [
    ['2.41.9', '2.42'],
    ['v1.99.0', '2.42'],
    ['2.5.0', '2.42'],
    ['0.24.0-rc.1', '0.25'],
    ['9.5', '10.0'],
  ];
  for (const [version, than] of older) t.ok(isOlder(version, than), `${version} is older than ${than}`);
  const notOlder: readonly (readonly [version: string, than: string])[] = [
    ['2.42.0-rc.1', '2.42'],
    ['v2.42', '2.42'],
    ['2.100.0', '2.42'],
    ['3.0.0', '2.42'],
    ['10.0', '9.5'],
    ['main', '2.42'],
    ['a2.41', '2.42'],
    ['', '2.42'],
  ];
  for (const [version, than] of notOlder) t.notOk(isOlder(version, than), `${version} is not older than ${than}`);
  t.end();
});

t.test('files that come with the program are found', async (t) => {
  const path = bundled('prometheus/rules/host.alerts.yml');
  t.ok(isAbsolute(path));
  t.match(await readFile(path, 'utf8'), 'groups:');
  t.equal(findBundled('prometheus/rules/host.alerts.yml'), path);
  t.equal(findBundled('prometheus/rules/gone.yml'), undefined);
  t.throws(() => bundled('prometheus/rules/gone.yml'), {
    code: 'incomplete_installation',
    message: 'prometheus/rules/gone.yml is a part of this program and is missing: install the exporter again',
  });
});

t.test('the version is that of the package, with the commit of the build if it is known', async (t) => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly version: string };
  t.strictSame(readVersion({}), { version, nodeVersion: process.version });
  t.strictSame(readVersion({ AICRM_EXPORTER_REVISION: '' }), { version, nodeVersion: process.version });
  t.strictSame(readVersion({ AICRM_EXPORTER_REVISION: 'abc' }), {
    version,
    nodeVersion: process.version,
    revision: 'abc',
  });
});
