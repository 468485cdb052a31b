import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import t from 'tap';
import { integrityCheck, originRefusal, typeRefusal, wantsPermission } from '../../src/probes/page-refusals.js';
import { type PageResource, readPage } from '../../src/probes/page-resources.js';

const pageUrl = new URL('https://crm.example.com/');

/** The only file that this markup names. */
function fileOf(markup: string): PageResource {
  const [file] = readPage(markup, pageUrl).resources;
  if (file === undefined) throw new Error(`no file: ${markup}`);
  return file;
}

const classic = '<script src=/x></script>';
const module = '<script type=module src=/x></script>';
const style = '<link rel=stylesheet href=/x>';
const image = '<link rel=icon href=/x>';

t.test('a file of a type that browsers refuse is refused', async (t) => {
  const nosniff = { 'x-content-type-options': 'nosniff' };
  const cases: readonly (readonly [markup: string, type: string, more: IncomingHttpHeaders, refusal?: string])[] = [
    [module, 'text/javascript', nosniff],
    [module, 'text/jscript; charset=utf-8', nosniff],
    [module, 'text/plain', {}, 'has the Content-Type text/plain, which is not valid for a module script'],
    [module, 'text/plain', nosniff, 'has the Content-Type text/plain, which is not valid for a module script'],
    [module, 'octet-stream', {}, 'has the Content-Type octet-stream, which is not valid for a module script'],
    [module, '', {}, 'has no Content-Type, which is not valid for a module script'],
    ['<link rel=modulepreload href=/x>', 'a/b', {}, 'has the Content-Type a/b, which is not valid for a module script'],
    [classic, 'text/plain', {}],
    [classic, 'binary/octet-stream', {}],
    [classic, 'application/x-json', {}],
    [classic, 'application/jsonp', {}],
    [classic, 'text/htmlish', {}],
    [classic, 'x-image/png', {}],
    [classic, '', {}],
    [classic, 'Text/JavaScript ;charset=utf-8', nosniff],
    ...['image/png', 'audio/x', 'video/x', 'text/csv', 'text/css', 'text/html', 'text/xml', 'application/xml'].map(
      (type) => [classic, type, {}, `has the Content-Type ${type}, which is not valid for a script`] as const,
    ),
    ...['application/json', 'application/problem+json', 'application/rss+xml'].map(
      (type) => [classic, type, nosniff, `has the Content-Type ${type}, which is not valid for a script`] as const,
    ),
    [
      classic,
      'text/plain',
      nosniff,
      'has the Content-Type text/plain, which is not valid for a script with X-Content-Type-Options: nosniff',
    ],
    [classic, '', nosniff, 'has no Content-Type, which is not valid for a script with X-Content-Type-Options: nosniff'],
    [style, 'text/css; charset=utf-8', nosniff],
    [style, '', {}],
    [style, '', nosniff, 'has no Content-Type, which is not valid for a style'],
    [style, 'text/plain', {}, 'has the Content-Type text/plain, which is not valid for a style'],
    [image, 'binary/octet-stream', nosniff],
    [image, '', nosniff],
    [image, 'image/svg+xml', nosniff],
    [image, 'application/jsonp', {}],
    [image, 'x-text/plain', {}],
    ...['text/plain', 'application/json', 'application/ld+json', 'application/xml', 'application/rss+xml'].map(
      (type) => [image, type, {}, `has the Content-Type ${type}, which is not valid for an image`] as const,
    ),
    ...['application/javascript', 'application/x-javascript'].map(
      (type) => [image, type, {}, `has the Content-Type ${type}, which is not valid for an image`] as const,
    ),
    [
      image,
      `text/${'x'.repeat(99)}`,
      {},
      `has the Content-Type text/${'x'.repeat(35)}, which is not valid for an image`,
    ],
  ];
  for (const [markup, type, more, refusal] of cases) {
    const headers = { ...(type !== '' && { 'content-type': type }), ...more };
    t.equal(typeRefusal(fileOf(markup), headers, false), refusal, `${markup} ${JSON.stringify(headers)}`);
  }
});

t.test('nosniff is read as browsers read it', async (t) => {
  const isStrict = (value: string | string[]) =>
    typeRefusal(fileOf(style), { 'x-content-type-options': value } as IncomingHttpHeaders, false) !== undefined;
  for (const value of ['nosniff', 'NoSniff', ' nosniff ,x', ['nosniff', 'x']]) t.ok(isStrict(value), String(value));
  for (const value of ['', 'x, nosniff', 'nosniffing', ['x', 'nosniff'], []]) t.notOk(isStrict(value), String(value));
});

t.test(
  'on a page without a doctype a style may have any type that a script may have, except with nosniff',
  async (t) => {
    const refusal = (type: string, options = '') =>
      typeRefusal(fileOf(style), { 'content-type': type, 'x-content-type-options': options }, true);
    t.equal(refusal('text/plain'), undefined);
    t.equal(refusal('text/html'), 'has the Content-Type text/html, which is not valid for a style');
    t.equal(refusal('text/plain', 'nosniff'), 'has the Content-Type text/plain, which is not valid for a style');
    t.match(typeRefusal(fileOf(module), { 'content-type': 'text/plain' }, true), /module script$/);
  },
);

t.test('a module, or a file with crossorigin, needs the permission of its origin', async (t) => {
  const cdn = 'https://cdn.example.com/x';
  const own = 'https://crm.example.com/x';
  const refused = 'the other origin does not allow the page to use it (Access-Control-Allow-Origin)';
  const unchecked = 'browsers cannot check the integrity of another origin without crossorigin';
  for (const [markup, url, allowed, wants, refusal] of [
    [module, cdn, '*', true, undefined],
    [module, cdn, ' https://crm.example.com ', true, undefined],
    [module, cdn, 'https://crm.example.com.evil.test', true, refused],
    [module, cdn, undefined, true, refused],
    [module, own, undefined, false, undefined],
    [classic, cdn, undefined, false, undefined],
    ['<script crossorigin src=/x></script>', cdn, undefined, true, refused],
    ['<script crossorigin src=/x></script>', own, undefined, false, undefined],
    ['<link rel=preload crossorigin as=script href=/x>', cdn, undefined, false, undefined],
    ['<img crossorigin src=/x>', cdn, undefined, false, undefined],
    ['<script integrity=sha256-AAAA src=/x></script>', cdn, '*', false, unchecked],
    ['<script integrity=sha256-AAAA src=/x></script>', own, undefined, false, undefined],
    ['<script integrity=md5-AAAA src=/x></script>', cdn, undefined, false, undefined],
    ['<script integrity=sha256-AAAA crossorigin src=/x></script>', cdn, '*', true, undefined],
  ] as const) {
    const headers = allowed === undefined ? {} : { 'access-control-allow-origin': allowed };
    const what = `${markup} from ${url}, which allows ${allowed}`;
    t.equal(wantsPermission(fileOf(markup), new URL(url), pageUrl), wants, what);
    t.equal(originRefusal(fileOf(markup), headers, new URL(url), pageUrl), refusal, what);
  }
});

t.test('a body must have one of the strongest digests of its element', async (t) => {
  const sri = (algorithm: string, body = 'x()') =>
    `${algorithm}-${createHash(algorithm.toLowerCase()).update(body).digest('base64')}`;
  const matches = (integrity: string, headers: IncomingHttpHeaders = {}) => {
    const check = integrityCheck(fileOf(`<script src=/x integrity="${integrity}"></script>`), headers);
    for (const part of ['x', '()']) check?.update(Buffer.from(part));
    return check?.matches();
  };
  for (const [what, integrity, expected] of [
    ['right', sri('sha384'), true],
    ['right, in capitals, without padding, with options', `${sri('SHA256').replace('=', '')}?x=y`, true],
    ['right as base64url', sri('sha512').replaceAll('+', '-').replaceAll('/', '_'), true],
    ['one of two', `sha256-AAAA \n ${sri('sha256')}`, true],
    ['the stronger one', `sha256-AAAA ${sri('sha512')}`, true],
    ['the stronger one first', `${sri('sha512')} sha384-AAAA`, true],
    ['wrong', 'sha256-AAAA', false],
    ['of another body', sri('sha256', 'y()'), false],
    ['only the weaker one', `${sri('sha256')} sha512-AAAA`, false],
    ['only the weaker one, written last', `sha512-AAAA ${sri('sha256')}`, false],
    ['unknown', `md5-AAAA sha256 x sha256-AAAA!x x${sri('sha256', 'y()')}`, undefined],
    ['nothing', '', undefined],
  ] as const)
    t.equal(matches(integrity), expected, what);
  for (const [encoding, expected] of [
    ['', false],
    ['Identity', false],
    ['br', undefined],
    ['identity, gzip', undefined],
    ['x-identity', undefined],
  ] as const)
    t.equal(matches('sha256-AAAA', { 'content-encoding': encoding }), expected, `encoded: ${encoding}`);
});
