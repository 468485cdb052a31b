import t from 'tap';
import { levels } from '../../../src/base/level.js';
import { html } from '../../../src/http/page/html.js';
import { age, bar, levelIcon, levelMark, levelText, links, message, strip } from '../../../src/http/page/page-parts.js';
import { fixtureService, nowSeconds, reading } from '../../support/service-fixture.js';
import { page, seen } from '../../support/shown-page.js';

t.test('a bar has the colour of the level, a tick at each threshold, and never leaves its frame', async (t) => {
  const shown = (value: number, fullAt = 4) => {
    const { markup } = bar(value, { warning: 1, critical: 3 }, fullAt);
    const [, level] = /class="bar (\w+)"/.exec(markup) ?? [];
    const [, width] = /class="value" width="([^"]*)"/.exec(markup) ?? [];
    return [level, width, ...[...markup.matchAll(/class="tick" x="([^"]*)"/g)].map(([, x]) => x)];
  };
  t.same(shown(0.5), ['healthy', '12.5', '24.5', '74.5']);
  t.same(shown(1.3333), ['warning', '33.3', '24.5', '74.5']);
  t.same(shown(9), ['critical', '100', '24.5', '74.5']);
  t.same(shown(0), ['healthy', '0', '24.5', '74.5']);
  t.same(shown(-1), ['healthy', '0', '24.5', '74.5']);
  t.same(shown(Number.NaN), ['unknown', '0', '24.5', '74.5']);
  t.same(shown(2, 3), ['warning', '66.7', '32.8'], 'a threshold at the end has no tick');
  t.same(shown(2, 0), ['warning', '0'], 'a threshold of 0 does not divide by it');
});

t.test('a strip has a colour for each slot, and equal neighbours are one shape', async (t) => {
  const shown = (...ratios: readonly (number | undefined)[]) => {
    const slots = ratios.map((upRatio) => ({ startSeconds: 0, ...(upRatio !== undefined && { upRatio }) }));
    const { markup } = strip({ slots });
    t.match(markup, `viewBox="0 0 ${ratios.length} 10"`);
    return [...markup.matchAll(/<rect class="(\w+)" x="(\d+)" width="(\d+)"/g)].map((found) =>
      found.slice(1).join(' '),
    );
  };
  t.same(shown(undefined, undefined, 1, 0.99995, 0.9999, 0.9, 0.8999, 0, undefined), [
    'track 0 2',
    'up 2 2',
    'interrupted 4 2',
    'down 6 2',
    'track 8 1',
  ]);
});

t.test('a message of up to 220 characters is complete, a longer one unfolds', async (t) => {
  t.equal(message('x'.repeat(220)).markup, `<bdi>${'x'.repeat(220)}</bdi>`);
  t.match(
    message(`${'x'.repeat(219)} the end`).markup,
    /^<details class="long"><summary><bdi>x+…<\/bdi>.* the end<\/bdi>/,
  );
});

t.test('the page links every other page, below any path of a proxy', async (t) => {
  t.same(
    [...links('/own').markup.matchAll(/<a href="([^"]*)">([^<]*)</g)].map((found) => found.slice(1).join(' ')),
    [
      './own metrics',
      './api/status status as JSON',
      './api/metrics metrics as JSON',
      './runbooks runbooks',
      './config configuration',
      './sd service discovery',
      './-/ready readiness',
    ],
  );
});

t.test('the level has a word, a sign and a colour', async (t) => {
  t.same(levels.map(levelText), ['✔ HEALTHY', '▲ WARNING', '✖ CRITICAL', '? UNKNOWN']);
  const style = /<style>.*<\/style>/s.exec(page({}))?.[0];
  for (const level of levels) {
    const icon = decodeURIComponent(levelIcon(level));
    const colour = /fill="(#\w+)"/.exec(icon)?.[1] ?? 'none';
    t.match(icon, /^data:image\/svg\+xml,<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 16 16"><circle /);
    t.match(style, `--${level}-full: ${colour}`, 'as on the page');
    t.equal(seen(levelMark(level).markup).trim(), levelText(level));
  }
});

t.test('the age is that of the last look, even if it failed, and says when it is too old', async (t) => {
  const overview = (ageSeconds: number) =>
    fixtureService({
      components: [],
      readings: [reading('backend')],
      failed: { 'component:broken': 'no name' },
      ageSeconds,
    }).overview();
  const shown = (name: string, ageSeconds: number, takenAtSeconds?: number) => {
    const shownAge = age(takenAtSeconds, `component:${name}`, overview(ageSeconds));
    return seen(html`${shownAge}`.markup).trim();
  };
  t.equal(shown('backend', 12, nowSeconds - 12), '12 s ago');
  t.equal(shown('backend', 95, nowSeconds - 95), '1 min 35 s ago ▲ overdue');
  t.equal(shown('broken', 12), '12 s ago');
  t.equal(shown('broken', 12, nowSeconds - 60), '1 min ago', 'the last answer, if there is one');
  t.equal(shown('nobody', 12), 'never');
});
