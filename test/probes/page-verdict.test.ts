import t from 'tap';
import { pageFailures } from '../../src/metrics/component-metrics.js';
import { type FailedResource, otherThanPage, type PageLoad, withPage } from '../../src/probes/page-verdict.js';
import type { Verdict } from '../../src/probes/verdict.js';

const good: Verdict = { level: 'healthy', up: true, reason: null, message: '200' };
const load = (failed: readonly FailedResource[], aboveLimit = 0): PageLoad => ({
  loadSeconds: 1,
  bytes: 1,
  resources: 9,
  failed,
  leftOut: 0,
  aboveLimit,
});
const gone = (kind: FailedResource['kind'], path: string, reason: FailedResource['reason'] = 'status') => ({
  kind,
  reason,
  message: `${path}: 404`,
});

t.test('a page is down without a script or a style, and works without an image', async (t) => {
  const cases: readonly (readonly [failed: readonly FailedResource[], expected: Partial<Verdict>])[] = [
    [[], good],
    [[gone('image', '/i')], { level: 'warning', up: true, reason: null, message: '200; /i: 404' }],
    [[gone('style', '/s')], { level: 'critical', up: false, reason: 'status', message: '200; /s: 404' }],
    [
      [gone('image', '/i', 'timeout'), gone('script', '/a'), gone('image', '/j'), gone('style', '/s', 'size')],
      { level: 'critical', up: false, reason: 'status', message: '200; /a: 404; /s: 404; /i: 404; and 1 more files' },
    ],
  ];
  for (const [failed, expected] of cases) t.strictSame(withPage(good, load(failed)), { ...good, ...expected });
});

t.test('the reason of the page is that of its first file', async (t) => {
  const reasons = pageFailures.map((each) => withPage(good, load([gone('script', '/a', each)])).reason);
  t.strictSame(reasons, ['status', 'body', 'body', 'body', 'size', 'timeout', 'connect']);
});

t.test('three failed files are named, and the others are counted', async (t) => {
  const message = (count: number, aboveLimit = 0) =>
    withPage(
      good,
      load(
        Array.from({ length: count }, (_, index) => gone('script', `/${index}`)),
        aboveLimit,
      ),
    ).message;
  t.equal(message(3), '200; /0: 404; /1: 404; /2: 404');
  t.equal(message(9), '200; /0: 404; /1: 404; /2: 404; and 6 more files');
  t.equal(message(1, 11), '200; /0: 404; files above the limit of 200, not checked: 11');
  t.equal(message(0, 1), '200; files above the limit of 200, not checked: 1');
});

t.test('the files never improve the verdict on the page', async (t) => {
  const slow: Verdict = { ...good, level: 'critical', message: '200: slow' };
  t.strictSame(withPage(slow, load([gone('image', '/i')])), { ...slow, message: '200: slow; /i: 404' });
  const warned: Verdict = { ...good, level: 'warning' };
  t.strictSame(withPage(warned, load([])), warned);
  const down: Verdict = { level: 'critical', up: false, reason: 'status', message: '500' };
  t.equal(withPage(down, load([gone('script', '/a')], 1)), down);
});

t.test('an answer is a page by its type, and without a type by its beginning', async (t) => {
  const json = 'the answer has the Content-Type application/json, but page: true needs HTML';
  const untyped = 'the answer has no Content-Type, but page: true needs HTML';
  for (const [type, body, expected] of [
    ['text/html', 'hello', undefined],
    ['Text/HTML; charset=utf-8', 'hello', undefined],
    [' application/xhtml+xml ;x', '<p>', undefined],
    ['text/html', ' \n', 'the page is empty'],
    ['', '', 'the page is empty'],
    ['application/json', '<!doctype html>', json],
    ['application/json; charset=utf-8', '{}', json],
    ['x-text/html', '<html>', 'the answer has the Content-Type x-text/html, but page: true needs HTML'],
    ['text/htmlx', '<html>', 'the answer has the Content-Type text/htmlx, but page: true needs HTML'],
    ['', '\n<!DOCTYPE html><p>', undefined],
    ['', '\ufeff <html>', undefined],
    ['', '<!-- a --><p>', undefined],
    ['', '<Body class=x>', undefined],
    ['', '<script>x()</script>', undefined],
    ['', 'hello <html>', untyped],
    ['', '<htmlx>', untyped],
    ['', '{}', untyped],
  ] as const)
    t.equal(otherThanPage(type, Buffer.from(body)), expected, `${type} ${body}`);
});
