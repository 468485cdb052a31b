import t from 'tap';
import { askedUrl, isMixedContent, readPage } from '../../src/probes/page-resources.js';

t.test('addresses of files as browsers fetch them over TLS', (t) => {
  for (const [pagesScheme, kind, upgrades, given, expected, isMixed] of [
    ['https', 'script', false, 'http://a.example/', 'http://a.example/', true],
    ['https', 'script', true, 'http://a.example:8080/', 'https://a.example:8080/', false],
    ['https', 'script', false, 'http://localhost:3000/', 'http://localhost:3000/', false],
    ['https', 'script', true, 'http://127.0.0.1/', 'http://127.0.0.1/', false],
    ['https', 'script', true, 'http://127.100.20.30/', 'http://127.100.20.30/', false],
    ['https', 'script', true, 'http://[::1]/', 'http://[::1]/', false],
    ['https', 'script', true, 'http://crm.dev.localhost/', 'http://crm.dev.localhost/', false],
    ['https', 'script', false, 'http://notlocalhost/', 'http://notlocalhost/', true],
    ['https', 'script', false, 'http://localhost.example/', 'http://localhost.example/', true],
    ['https', 'script', false, 'http://127.0.0.1.example/', 'http://127.0.0.1.example/', true],
    ['https', 'image', false, 'http://a.example/', 'https://a.example/', false],
    ['https', 'image', false, 'http://192.0.2.1/', 'http://192.0.2.1/', true],
    ['https', 'image', false, 'http://[2001:db8::1]/', 'http://[2001:db8::1]/', true],
    ['http', 'image', false, 'http://a.example/', 'http://a.example/', false],
    ['http', 'style', true, 'http://a.example/', 'https://a.example/', false],
  ] as const) {
    const pageUrl = new URL(`${pagesScheme}://crm.example.com/`);
    const url = askedUrl(new URL(given), kind, pageUrl, upgrades);
    t.strictSame([url.href, isMixedContent(url, pageUrl)], [expected, isMixed], `${pagesScheme} ${kind} ${given}`);
  }
  t.end();
});

t.test('the files of a page are found as browsers find them', async (t) => {
  const read = (markup: string) =>
    readPage(markup, new URL('https://crm.example.com/app/')).resources.map(({ kind, url }) => `${kind} ${url.href}`);
  for (const [markup, expected] of [
    ['<script src=a.js></script>', ['script https://crm.example.com/app/a.js']],
    [
      '<base href="/static/"><base href="/other/"><script src=a.js></script>',
      ['script https://crm.example.com/static/a.js'],
    ],
    ['<SCRIPT SRC="//cdn.example.com/a.js?x=1&amp;y=2#z"></SCRIPT>', ['script https://cdn.example.com/a.js?x=1&y=2']],
    ['<!-- <script src=a.js></script> --><script>"<img src=x.png>"</script>', []],
    ['<script type="application/json" src=a.json></script><script type=importmap src=m.json></script>', []],
    [
      '<link rel="alternate stylesheet" href=a.css><link rel=stylesheet disabled href=b.css><link rel=canonical href=/>',
      [],
    ],
    [
      '<link rel=preload as=script href=a.js><link rel=preload as=font href=a.woff2><link rel=modulepreload href=b.js>',
      ['script https://crm.example.com/app/a.js', 'script https://crm.example.com/app/b.js'],
    ],
    [
      '<template><img src=a.png></template><img src="  b.png "><img src=""><img>',
      ['image https://crm.example.com/app/b.png'],
    ],
    ['<img src="http://[::1"><img src="javascript:x()"><img src=mailto:a@b>', []],
    ['<script src=a.js', []],
    ['<img src="  ">', []],
    ['<script src="http://cdn.example.com/a.js"></script>', ['script http://cdn.example.com/a.js']],
    ['<base target=_blank><base href="/static/"><img src=a>', ['image https://crm.example.com/static/a']],
    ['<noscript><script src=a.js></script></noscript>', []],
    ['<template><p></p><img src=a></template>', []],
    ['<template><template></template><img src=a></template><img src=b>', ['image https://crm.example.com/app/b']],
    [
      '<script type=text/javascript1.5 src=a.js></script><script type=text/javascript1.6 src=b.js></script>' +
        '<script type=x-text/javascript src=c.js></script>',
      ['script https://crm.example.com/app/a.js'],
    ],
    ['<link rel=stylesheet type=text/css href=a>', ['style https://crm.example.com/app/a']],
    ['<link rel=stylesheet type=" text/css ;x" href=a>', ['style https://crm.example.com/app/a']],
    ['<link rel=preload as=image media=" screen " href=a>', ['image https://crm.example.com/app/a']],
    ['<link rel=preload as=script type=text/javascript href=a>', ['script https://crm.example.com/app/a']],
    ['<img srcset="a 5w , b" src=c><img srcset="a100w" src=d>', ['image https://crm.example.com/app/d']],
    [
      '<script nomodule src=a.js></script><script nomodule type=module src=b.js></script><script async defer src=c.js></script>',
      ['script https://crm.example.com/app/b.js', 'script https://crm.example.com/app/c.js'],
    ],
    [
      '<script type="text/javascript; charset=utf-8" src=a.js></script><script type=speculationrules src=b.json></script>' +
        '<script type=text/template src=c.html></script><script type=" TEXT/JScript " src=d.js></script>',
      ['script https://crm.example.com/app/d.js'],
    ],
    [
      '<link rel=stylesheet type=text/less href=a.less><link rel=stylesheet media=print type="text/css; charset=utf-8" href=b.css>',
      ['style https://crm.example.com/app/b.css'],
    ],
    [
      '<link rel=preload as=script media="(max-width: 9px)" href=a.js><link rel=preload as=style media=all href=b.css>' +
        '<link rel=preload as=style type=text/less href=c.less><link rel=modulepreload as=json href=d.json>' +
        '<link rel=modulepreload as=worker href=e.js>',
      ['style https://crm.example.com/app/b.css', 'script https://crm.example.com/app/e.js'],
    ],
    [
      '<img srcset="a.png 100w" src=b.png><img srcset="c.png 2x" src=d.png>',
      ['image https://crm.example.com/app/d.png'],
    ],
  ] as const)
    t.strictSame(read(markup), expected, markup);
});

const pageUrl = new URL('https://crm.example.com/');

t.test('a file must be valid for each of its uses', async (t) => {
  const script = { kind: 'script', isModule: false, crossOrigin: false, integrity: '' };
  const [module, integrity] = ['<script type=module src=a></script>', '<script integrity=sha256-AAAA src=a></script>'];
  for (const [markup, expected] of [
    [`<img src=a><link rel=preload as=script href=a>${module}<script src=a></script>`, { ...script, isModule: true }],
    ['<script src=a></script><script src=a></script>', script],
    ['<script src=a></script><img src=a>', script],
    ['<script crossorigin src=a></script><script src=a></script>', { ...script, crossOrigin: true }],
    ['<script src=a></script><script crossorigin src=a></script>', { ...script, crossOrigin: true }],
    [`${integrity}<script src=a></script>`, { ...script, integrity: 'sha256-AAAA' }],
    [`<script src=a></script>${integrity}`, { ...script, integrity: 'sha256-AAAA' }],
  ] as const)
    t.same(readPage(markup, pageUrl).resources, [{ ...expected, url: new URL('https://crm.example.com/a') }], markup);
});

t.test('browsers upgrade http:// when a header, or an element before the body, says so', async (t) => {
  const meta = '<meta http-equiv=Content-Security-Policy content="default-src *; upgrade-insecure-requests">';
  for (const [policy, markup, expected] of [
    ['', '', false],
    ['default-src *; Upgrade-Insecure-Requests', '', true],
    [' upgrade-insecure-requests , default-src *', '', true],
    ['upgrade-insecure-requests', '<meta http-equiv=Content-Security-Policy content="default-src *">', true],
    ['x-upgrade-insecure-requests', '', false],
    ['upgrade-insecure-requests-x', '', false],
    ['', meta, true],
    ['', `<head></head><body>${meta}`, false],
    ['', meta.replace('Content-Security-Policy', 'refresh'), false],
    ['', meta.replace('http-equiv=', 'name='), false],
    ['', '<meta http-equiv=Content-Security-Policy>', false],
  ] as const)
    t.equal(readPage(markup, pageUrl, policy).upgrades, expected, `${policy} ${markup}`);
});

t.test('a page without a doctype at its beginning is quirky', async (t) => {
  for (const [markup, isQuirky] of [
    ['<!doctype html><p>', false],
    ['\ufeff\n<!-- a -->\n<!DOCTYPE HTML PUBLIC "x"><p>', false],
    ['<!-- a --><!-- b -->\n\n<!doctype  html>', false],
    ['<p><!doctype html>', true],
    ['<!doctype xml>', true],
    ['<!doctype htmlx>', true],
  ] as const)
    t.equal(readPage(markup, pageUrl).isQuirky, isQuirky, markup);
});
