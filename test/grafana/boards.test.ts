import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { boardText } from '../../grafana/board.js';
import { boards } from '../../grafana/boards/index.js';
import { tag, uids } from '../../grafana/links.js';
import { alertNames } from '../support/alert-names.js';
import { dataLinksOf, type PanelJson, panelsOf, readBoards } from '../support/board-json.js';
import { variablesIn } from '../support/board-queries.js';
import { readRules, runbookOf } from '../support/rule-files.js';

const folder = 'grafana/dashboards';
/** As in the rules, so that one replacement works for both. */
const runbooks = 'https://github.com/ai-crm-exporter/ai-crm-exporter/blob/main/docs/runbooks.md';
const all = readBoards();
const panels = all.flatMap(panelsOf);
const variablesOf = new Map(all.map(({ uid, templating }) => [uid, templating.list.map(({ name }) => name)]));

const repeated = <T>(values: readonly T[]) => values.filter((value, index) => values.indexOf(value) !== index);

t.test('the boards in the folder are the generated ones, byte for byte, and no others', async (t) => {
  t.same(
    (await readdir(folder)).filter((name) => !name.startsWith('.')).sort(),
    all.map(({ uid }) => `${uid}.json`).sort(),
  );
  for (const board of boards(alertNames())) {
    const committed = await readFile(`${folder}/${board.uid}.json`, 'utf8').catch(() => 'not there');
    t.ok(committed === boardText(board), `${board.uid}.json is what "npm run boards" writes`);
    // In an annotation of `kubectl apply`, which takes 256 KiB, with escaped quotes and room to grow.
    t.ok(JSON.stringify(committed).length < 160 << 10, `${board.uid}.json is small`);
  }
});

t.test('every board has its own name and id, and links to the others by their tag', async (t) => {
  t.same(
    all.map(({ uid }) => uid),
    Object.values(uids),
    'every board of links.ts is there, in its order',
  );
  t.same(repeated(all.map(({ title }) => title)), [], 'titles');
  for (const { uid, title, description, tags, links } of all) {
    t.match(uid, /^aicrm-[a-z]+$/);
    t.match(title, /^AI-CRM \/ [A-Z]/);
    t.ok((description ?? '').length > 20, `${uid} says what it is for`);
    t.same(tags, [tag], uid);
    t.match(
      links,
      [
        { type: 'dashboards', tags: [tag], keepTime: true, includeVars: true },
        { type: 'link', title: 'Runbooks', url: runbooks },
      ],
      `${uid} leads to the others and to the runbooks`,
    );
  }
});

t.test('every panel of a board has its own id and title', async (t) => {
  for (const board of all) {
    const own = panelsOf(board);
    t.same(
      own.filter(({ panel }) => panel.id === undefined).map(({ where }) => where),
      [],
      'panels without an id',
    );
    t.same(repeated(own.map(({ panel }) => panel.id)), [], `${board.uid}: ids`);
    t.same(repeated(own.map(({ panel }) => panel.title)), [], `${board.uid}: titles`);
  }
});

t.test('the grid of every board is full, and no panels overlap', async (t) => {
  for (const board of all) {
    t.same(flaws(board.panels, 0), [], board.uid);
    for (const { panel, where } of panelsOf(board)) {
      if (panel.collapsed === true) t.same(flaws(panel.panels ?? [], panel.gridPos.y + 1), [], `${where}, opened`);
      else t.same(panel.panels ?? [], [], `${where}: only a collapsed row has panels inside`);
      // Grafana gives a panel that is repeated sideways as many full lines of the grid as it needs.
      if (panel.repeat !== undefined)
        t.match(panel.gridPos, { x: 0, w: 24 }, `${where}: no panel beside a repeated one`);
      t.equal(
        panel.repeatDirection,
        panel.repeat === undefined || panel.type === 'row' ? undefined : 'h',
        `${where}: only a repeated panel has a direction`,
      );
    }
  }
});

t.test('a hole, an overlap and a panel beyond the edge are noticed', async (t) => {
  const at = (title: string, x: number, y: number, w: number, h: number): PanelJson => ({
    type: 'stat',
    title,
    gridPos: { x, y, w, h },
  });
  t.same(flaws([at('a', 0, 0, 12, 2), at('b', 12, 0, 12, 2)], 0), []);
  t.same(flaws([at('a', 0, 0, 12, 2), at('b', 12, 0, 12, 1)], 0), ['hole at 12/1 to 24/1']);
  t.same(flaws([at('a', 0, 0, 24, 1), at('b', 0, 2, 24, 1)], 0), ['hole at 0/1 to 24/1']);
  t.same(flaws([at('a', 0, 0, 24, 1), at('b', 23, 0, 1, 1)], 0), ['b lies on a at 23/0']);
  t.same(flaws([at('a', 0, 0, 25, 1)], 0), ['a ends beyond column 24']);
  t.same(flaws([at('a', 0, 1, 24, 1)], 0), ['hole at 0/0 to 24/0']);
});

t.test(
  'a link of a value leads to an existing board, keeps time and selection, and sets variables of that board',
  async (t) => {
    for (const { board, panel, where } of panels) {
      for (const { title = '', url = '' } of dataLinksOf(panel).filter(({ url = '' }) => !isOfAlert(url))) {
        const [, uid = '', query = ''] = /^\/d\/([\w-]+)\?(.*)$/.exec(url) ?? [];
        const has = variablesOf.get(uid);
        t.ok(title.length > 0 && has !== undefined, `${where}: "${title}" leads to ${url}`);
        const parts = query.split('&');
        t.ok(parts.includes('${__url_time_range}'), `${where}: "${title}" keeps the time`);
        const set = parts.flatMap(
          (part) => /^var-(\w+)=/.exec(part)?.[1] ?? /^\$\{(\w+):queryparam\}$/.exec(part)?.[1] ?? [],
        );
        for (const name of ['datasource', 'job', 'instance'])
          t.ok(set.includes(name), `${where}: "${title}" keeps or sets ${name}`);
        t.same(
          set.filter((name) => has?.includes(name) === false),
          [],
          `${where}: "${title}" sets variables of ${uid}`,
        );
        const used = variablesIn(query).filter((name) => !name.startsWith('__'));
        t.same(
          used.filter((name) => variablesOf.get(board.uid)?.includes(name) !== true),
          [],
          `${where}: "${title}" uses variables of ${board.uid}`,
        );
      }
    }
  },
);

/** The links in a table of alerts depend on the alert. */
const isOfAlert = (url: string) => url.includes('${__data.fields.');

t.test('every alert in a table links to its runbook, its board and a silence', async (t) => {
  const [withAlerts, ...others] = panels.filter(({ panel }) =>
    dataLinksOf(panel).some(({ url = '' }) => isOfAlert(url)),
  );
  t.equal(others.length, 1, 'on the boards Overview and Alerting & monitoring');
  t.match(
    [...new Set(dataLinksOf(withAlerts?.panel as PanelJson).map(({ url }) => url))],
    [
      new RegExp(`^${runbooks.replaceAll('.', '\\.')}#\\$\\{__data\\.fields\\.runbook\\.text\\}$`),
      /^\/d\/aicrm-\$\{__data\.fields\.board\}\?\$\{__url_time_range\}&/,
      /^\/alerting\/silence\/new\?alertmanager=\$\{silences:percentencode\}&matcher=alertname%3D\$\{__data\.fields\.alert:percentencode\}&/,
    ],
  );
  const rules = (await readRules()).filter(({ isAlert }) => isAlert);
  const anchors = mappedBy(withAlerts?.panel as PanelJson, 'runbook');
  const boardsOfAreas = new Map([['exporter', 'alerting']]);
  for (const rule of rules) {
    const { name, labels } = rule;
    t.equal(`${runbooks}#${anchors[name]?.text}`, runbookOf(rule), name);
    const area = labels['area'] ?? '';
    t.ok(variablesOf.has(`aicrm-${boardsOfAreas.get(area) ?? area}`), `${name}: the area ${area} has a board`);
  }
});

/** The texts of a column of a table, from its mappings. */
function mappedBy({ fieldConfig }: PanelJson, column: string): Readonly<Record<string, { readonly text?: string }>> {
  const own = fieldConfig?.overrides?.find(({ matcher }) => matcher.options === column)?.properties ?? [];
  const [mapping] = (own.find(({ id }) => id === 'mappings')?.value ?? []) as readonly {
    readonly options: Readonly<Record<string, { readonly text?: string }>>;
  }[];
  return mapping?.options ?? {};
}

t.test('an alert links to an existing board, and sets variables of that board', async (t) => {
  for (const { name, isAlert, annotations } of await readRules()) {
    if (!isAlert) continue;
    const url = annotations['dashboard_url'] ?? '';
    const has = variablesOf.get(/^\/d\/([\w-]+)/.exec(url)?.[1] ?? '');
    t.ok(has, `${name} leads to ${url}`);
    t.same(
      [...url.matchAll(/[?&]var-(\w+)=/g)]
        .map(([, variable = '']) => variable)
        .filter((variable) => has?.includes(variable) === false),
      [],
      `${name}: variables of ${url}`,
    );
  }
});

t.test('titles and repeated panels use variables of their board', async (t) => {
  for (const { board, panel, repeats, where } of panels) {
    const named = [...variablesIn(panel.title ?? ''), ...repeats];
    t.same(
      named.filter((name) => variablesOf.get(board.uid)?.includes(name) !== true),
      [],
      where,
    );
  }
});

/** Problems with the places of panels that begin in this line of the grid. */
function flaws(placed: readonly PanelJson[], firstLine: number): readonly string[] {
  const found: string[] = [];
  const taken = new Map<string, string>();
  for (const { title = '', gridPos } of placed) {
    const { x, y, w, h } = gridPos;
    if (x + w > 24) found.push(`${title} ends beyond column 24`);
    for (let line = y; line < y + h; line++) {
      const lying: string[] = [];
      for (let column = x; column < Math.min(24, x + w); column++) {
        const under = taken.get(`${column}/${line}`);
        if (under !== undefined && !lying.includes(under)) found.push(`${title} lies on ${under} at ${column}/${line}`);
        if (under !== undefined) lying.push(under);
        taken.set(`${column}/${line}`, title);
      }
    }
  }
  const end = Math.max(firstLine, ...placed.map(({ gridPos: { y, h } }) => y + h));
  for (let line = firstLine; line < end; line++) {
    for (let column = 0; column < 24; column++) {
      const from = column;
      while (column < 24 && !taken.has(`${column}/${line}`)) column++;
      if (column > from) found.push(`hole at ${from}/${line} to ${column}/${line}`);
    }
  }
  return found;
}
