import t from 'tap';
import { targetPattern } from '../../src/config/sections/probe-section.js';
import { cpuSeconds } from '../support/cpu-time.js';

const table: readonly (readonly [pattern: string, fitting: readonly string[], other: readonly string[]])[] = [
  [
    'http://a.example',
    ['http://a.example/', 'http://A.EXAMPLE:80/any?x'],
    [
      'https://a.example/',
      'http://a.example:81/',
      'http://a.example./',
      'http://b.example/',
      'http://a.example@b.example/',
    ],
  ],
  [
    '*://a.example:*/ok/*',
    ['https://a.example:1/ok/', 'http://a.example/ok/x/y'],
    [
      'http://a.example/ok',
      'http://a.example/no/ok/',
      'http://a.example/ok/../no',
      'http://a.example/ok/%2e%2E/no',
      'http://a.example/ok/..%2Fno',
      'http://a.example/ok/..%5cno',
    ],
  ],
  [
    'https://*.example.com',
    ['https://a.b.example.com/'],
    ['https://example.com/', 'https://a.example.com.evil.test/', 'https://xexample.com/'],
  ],
  [
    'http://*.a*.b',
    ['http://x.a.b/', 'http://x.aa.a.b/', 'http://x.a.b.a.b/'],
    ['http://x.b/', 'http://x.ab.c/', 'http://.a.c/'],
  ],
  ['http://ab*ba', ['http://abba/', 'http://abcba/'], ['http://aba/']],
  [
    'http://127.0.0.*',
    ['http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/'],
    ['http://128.0.0.1/', 'http://[::ffff:127.0.0.1]/'],
  ],
];

t.test('a star stands for any characters within its part, everything else for itself', async (t) => {
  for (const [pattern, fitting, other] of table) {
    const fits = targetPattern(pattern);
    for (const url of fitting) t.equal(fits?.(new URL(url)), true, `${pattern} permits ${url}`);
    for (const url of other) t.equal(fits?.(new URL(url)), false, `${pattern} does not allow ${url}`);
  }
});

t.test('many stars and a long host take no longer than their length', async (t) => {
  const before = cpuSeconds();
  t.equal(targetPattern('https://*.*.*.*.example.com')?.(new URL(`https://${'a.'.repeat(7000)}x/`)), false);
  t.ok(cpuSeconds() - before < 2);
});
