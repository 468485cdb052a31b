import t from 'tap';
import { parseBody } from '../../src/base/json.js';
import type { LabelRule, MetricMapping } from '../../src/config/sections/mapping-options.js';
import type { MetricType } from '../../src/metrics/definition.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { createMapping, type MappingResult } from '../../src/sources/mapping.js';

type Change = Partial<Omit<MetricMapping, 'definition' | 'labels'>> & {
  readonly name?: string;
  readonly type?: MetricType;
  readonly labels?: Readonly<Record<string, LabelRule>>;
};

/** A gauge `x` of the nodes at this path. By default the node itself is the value. */
function metric(path: string, { name = 'x', type = 'gauge', labels = {}, ...rest }: Change = {}): MetricMapping {
  const definition = { name, type, area: 'configured', help: 'A test.', labels: Object.keys(labels) } as const;
  return {
    definition,
    path,
    value: { kind: 'path', path: '$' },
    scale: 1,
    labels: new Map(Object.entries(labels)),
    ...rest,
  };
}

const at = (path: string) => ({ kind: 'path', path }) as const;
const key = (levels = 0) => ({ kind: 'key', levels }) as const;
const above = (levels: number, path: string) => ({ kind: 'parent', levels, path }) as const;

function lines({ samples }: MappingResult): readonly string[] {
  const recorder = new Recorder([], { processMetrics: false });
  recorder.define([...new Map(samples.map(({ series: { definition } }) => [definition.name, definition])).values()]);
  recorder.record('test', samples);
  return recorder
    .renderOwn('text')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

const map = (mappings: MetricMapping | readonly MetricMapping[], document: unknown, maxSeries = 1000) =>
  createMapping([mappings].flat(), { maxSeries })(document);

t.test('words become numbers, and filters can look into the members of an object (json_exporter #89)', async (t) => {
  const document = {
    status: 'ok',
    info: {
      QUEUE: { status: 'Up', system: 'Queue' },
      MAIL: { status: 'down', system: 'Mail relay' },
      DISK: { status: 'up', system: 'Disk' },
    },
  };
  const words = new Map([
    ['up', 1],
    ['down', 0],
  ]);
  t.strictSame(
    lines(
      await map(metric('$.info.*', { value: at('$.status'), words, labels: { system: at('$.system') } }), document),
    ),
    ['x{system="Disk"} 1', 'x{system="Mail relay"} 0', 'x{system="Queue"} 1'],
  );
  t.strictSame(lines(await map(metric('$.info[?@.status != "down"]', { value: { kind: 'count' } }), document)), [
    'x 2',
  ]);
});

t.test('labels come from the objects around a value, at any level above (json_exporter #121)', async (t) => {
  const document = {
    region: 'eu',
    sites: [
      {
        site: 'a',
        racks: [
          {
            rack: 1,
            hosts: [
              { host: 'h1', watts: 90 },
              { host: 'h2', watts: 45.5 },
            ],
          },
        ],
      },
      { site: 'b', racks: [{ rack: 2, hosts: [{ host: 'h3', watts: 10 }] }] },
    ],
  };
  const labels = {
    region: above(6, '$.region'),
    site: above(4, '$.site'),
    rack: above(2, '$.rack'),
    host: at('$.host'),
  };
  t.strictSame(lines(await map(metric('$.sites[*].racks[*].hosts[*]', { value: at('$.watts'), labels }), document)), [
    'x{region="eu",site="a",rack="1",host="h1"} 90',
    'x{region="eu",site="a",rack="1",host="h2"} 45.5',
    'x{region="eu",site="b",rack="2",host="h3"} 10',
  ]);
  t.strictSame(
    lines(
      await map(metric('$.region', { words: new Map([['eu', 1]]), labels: { gone: above(9, '$.region') } }), document),
    ),
    ['x 1'],
    'there is nothing above the top',
  );
});

t.test('children get one series each with a label of their parent (json_exporter #132)', async (t) => {
  const document = [
    { name: 'orders', children: [{ name: 'invoice' }, { name: 'parcel' }] },
    { name: 'stock', children: [] },
  ];
  t.strictSame(
    lines(
      await map(
        metric('$[*].children[*]', {
          value: { kind: 'count' },
          labels: { parent: above(2, '$.name'), name: at('$.name') },
        }),
        document,
      ),
    ),
    ['x{parent="orders",name="invoice"} 1', 'x{parent="orders",name="parcel"} 1'],
  );
});

t.test(
  'colours become numbers in any case, true and false with them, and an unknown one is left out (json_exporter #298)',
  async (t) => {
    const document = {
      lamps: [
        { id: 1, state: 'GREEN' },
        { id: 2, state: 'amber ' },
        { id: 3, state: 'mauve' },
        { id: 4, state: true },
        { id: 5, state: false },
      ],
    };
    const result = await map(
      metric('$.lamps[*]', {
        value: at('$.state'),
        words: new Map([
          ['green', 0],
          ['amber', 1],
          ['true', 9],
        ]),
        labels: { id: at('$.id') },
      }),
      document,
    );
    t.strictSame(lines(result), ['x{id="1"} 0', 'x{id="2"} 1', 'x{id="4"} 9']);
    t.strictSame(result.notices, [
      'x: value of $.lamps[2].state is not one of its words, and 1 more value cannot be used',
    ]);
  },
);

t.test('keys of objects become labels, at any level (json_exporter #309)', async (t) => {
  const document = {
    connections: { idle: 4 },
    applications: { shop: { processes: { running: 14, idle: 3 } }, wiki: { processes: { running: 2, idle: 0 } } },
  };
  t.strictSame(
    lines(
      await map(metric('$.applications.*.processes.*', { labels: { application: key(2), state: key() } }), document),
    ),
    [
      'x{application="shop",state="idle"} 3',
      'x{application="shop",state="running"} 14',
      'x{application="wiki",state="idle"} 0',
      'x{application="wiki",state="running"} 2',
    ],
  );
  t.strictSame(lines(await map(metric('$.rows[*].n', { labels: { row: key(1) } }), { rows: [{ n: 5 }, { n: 6 }] })), [
    'x{row="0"} 5',
    'x{row="1"} 6',
  ]);
});

t.test('nodes are counted by their labels', async (t) => {
  const document = { tasks: [{ column: 'Done' }, { column: 'To Do' }, { column: 'Done' }, {}] };
  t.strictSame(
    lines(await map(metric('$.tasks[*]', { value: { kind: 'count' }, labels: { column: at('$.column') } }), document)),
    ['x 1', 'x{column="Done"} 2', 'x{column="To Do"} 1'],
  );
});

t.test('the count of an empty list is 0, and of a missing list absent', async (t) => {
  const open = metric('$.tasks[?@.open]', { value: { kind: 'count' } });
  t.strictSame(lines(await map(open, { tasks: [{}] })), ['x 0']);
  for (const document of [{}, { tasks: null }, { tasks: 'none' }, null, []])
    t.strictSame((await map(open, document)).samples, []);
  t.strictSame(
    (await map(metric('$.tasks[*]', { value: { kind: 'count' }, labels: { id: at('$.id') } }), { tasks: [] })).samples,
    [],
    'but not with labels, since there are none',
  );
});

t.test('units are converted without visible rounding errors', async (t) => {
  t.strictSame(lines(await map(metric('$', { scale: 0.01 }), 12.3)), ['x 0.123']);
  t.strictSame(lines(await map(metric('$', { scale: 0.001 }), 250)), ['x 0.25']);
  t.strictSame(lines(await map(metric('$', { scale: 1024 }), '4')), ['x 4096']);
  t.strictSame(lines(await map(metric('$'), 2 ** 53 - 1)), ['x 9007199254740991']);
  t.strictSame(
    lines(await map(metric('$', { scale: 0.01, words: new Map([['full', 1]]) }), 'full')),
    ['x 1'],
    'a word has the chosen number',
  );
});

/** How a notice describes a value that is not a number; undefined for numbers. */
const values: readonly (readonly [value: unknown, what: string | undefined, type?: MetricType])[] = [
  [12.5, undefined],
  ['12.5', undefined],
  ['-3', undefined],
  ['1e3', undefined],
  [' 7 ', undefined],
  ['007', undefined],
  [-1, undefined],
  [true, undefined],
  [-1, 'negative', 'counter'],
  ['-0.5', 'negative', 'counter'],
  [0, undefined, 'counter'],
  [1e308, 'not finite'],
  [Number.NaN, 'not finite'],
  [Infinity, 'not finite'],
  ['1e999', 'not finite'],
  ['', 'text'],
  [' ', 'text'],
  ['0x10', 'text'],
  ['NaN', 'text'],
  ['Infinity', 'text'],
  ['-inf', 'text'],
  ['1,5', 'text'],
  ['1.', 'text'],
  ['.5', 'text'],
  ['1_000', 'text'],
  ['95 Mbps', 'text'],
  ['9'.repeat(1_000_000), 'text'],
  [null, 'null'],
  [[1], 'a list'],
  [{ value: 1 }, 'an object'],
];

t.test('a value that is not a number loses only its own series', async (t) => {
  for (const [value, what, type = 'gauge'] of values) {
    const { samples, notices, rejectedValues } = await map(
      [
        metric('$.rows[*]', { type, value: at('$.v'), scale: 10, labels: { id: at('$.id') } }),
        metric('$.rows[1].id', { name: 'y' }),
      ],
      {
        rows: [
          { id: 1, v: 5 },
          { id: 2, v: value },
          { id: 3, v: 6 },
        ],
      },
    );
    t.equal(samples.length, what === undefined ? 4 : 3, String(value).slice(0, 20));
    t.strictSame(
      [notices, rejectedValues],
      what === undefined ? [[], 0] : [[`x: value of $.rows[1].v is ${what}`], 1],
      String(value).slice(0, 20),
    );
  }
  t.strictSame((await map(metric('$.rows[*]', { value: at('$.v') }), { rows: [{}] })).notices, [
    'x: value of $.rows[0].v is missing',
  ]);
  t.strictSame((await map(metric('$.rows[*]', { value: at('$..v') }), { rows: [{ v: 1, w: { v: 2 } }] })).notices, [
    'x: value of $.rows[0]..v is not one value but several',
  ]);
});

t.test('there is one notice per metric, without text from the document', async (t) => {
  const document = {
    hosts: { 'secret-host': { up: 'secret-word' }, other: { up: 'x' }, 'a b': { up: [] } },
    'odd name': 'x',
  };
  t.strictSame(
    (
      await map(
        [metric('$.hosts.*.up'), metric('$["odd name"]', { name: 'y' }), metric('$..up', { name: 'z' })],
        document,
      )
    ).notices,
    [
      'x: value of $.hosts.*.up is text, and 2 more values cannot be used',
      'y: value of $["odd name"] is text',
      'z: value of $.*.*.up is text, and 2 more values cannot be used',
    ],
  );
});

t.test('labels are one line of at most 128 characters, whatever the text', async (t) => {
  const of = async (text: unknown) =>
    (await map(metric('$', { value: { kind: 'count' }, labels: { label: at('$.label') } }), { label: text })).samples[0]
      ?.series;
  t.equal((await of('a\r\n b\u0000\u001b[2J\u2028c '))?.labels['label'], 'a b [2J c');
  t.equal((await of('say "hi" \\ \n'))?.key, '{label="say \\"hi\\" \\\\"}');
  t.equal((await of('x'.repeat(5_000_000)))?.labels['label'], 'x'.repeat(128));
  t.equal(
    (await of(`${'x'.repeat(127)}😀`))?.labels['label'],
    `${'x'.repeat(127)}😀`,
    'a character counts once, also outside the BMP',
  );
  t.equal(
    (await of(`${'x'.repeat(126)}😀😀😀`))?.labels['label'],
    `${'x'.repeat(126)}😀😀`,
    'no half of a character is left',
  );
  t.equal((await of('\ud800'))?.key, '{label="\ufffd"}');
  t.equal((await of(7.5))?.labels['label'], '7.5');
  t.equal((await of(false))?.labels['label'], 'false');
  for (const nothing of [null, undefined, [], {}, [1], '  ']) t.equal((await of(nothing))?.key, '');
});

t.test('of several series with the same labels the first is used, also across mappings of a metric', async (t) => {
  const result = await map([metric('$.a[*]'), metric('$.b', { labels: {} })], { a: [1, 2, 3], b: 4 });
  t.strictSame(
    [lines(result), result.notices, result.rejectedValues],
    [['x 1'], ['x: 3 series left out, because another series has the same labels'], 3],
  );
});

t.test('series beyond max_series are left out, and their number is reported', async (t) => {
  const rows = Array.from({ length: 3000 }, (_, id) => ({ id, n: id }));
  const result = await map(
    [
      metric('$[*]', { value: at('$.n'), labels: { id: at('$.id') } }),
      metric('$[*]', { name: 'y', value: { kind: 'count' } }),
    ],
    rows,
  );
  t.equal(result.samples.length, 1000);
  t.strictSame(
    [result.notices, result.isTruncated],
    [['2,001 series more than the 1,000 of max_series left out'], true],
  );
  const counted = await map(
    metric('$[*]', { value: { kind: 'count' }, labels: { id: at('$.g') } }),
    rows.map(({ id }) => ({ g: id % 3 })),
    2,
  );
  t.strictSame(lines(counted), ['x{id="0"} 1000', 'x{id="1"} 1000'], 'a group with one series is counted completely');
});

t.test('property names of JavaScript objects are allowed as names', async (t) => {
  const document: unknown = JSON.parse('{"__proto__": {"n": 1}, "constructor": {"n": 2}, "toString": {"n": 3}}');
  t.strictSame(
    lines(await map(metric('$.*', { value: at('$.n'), labels: { name: key(), constructor: key() } }), document)),
    [
      'x{name="__proto__",constructor="__proto__"} 1',
      'x{name="constructor",constructor="constructor"} 2',
      'x{name="toString",constructor="toString"} 3',
    ],
  );
  t.strictSame(
    (await map([metric('$.constructor'), metric('$.__proto__'), metric('$.a.length')], { a: 'text' })).samples,
    [],
    'and inherited properties are not used',
  );
  t.equal(({} as Readonly<Record<string, unknown>>)['n'], undefined);
});

t.test('any document is accepted: nothing throws, nothing takes long', async (t) => {
  const nested = (open: string, close: string, depth: number): unknown =>
    JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`);
  const all = [
    metric('$..n', { labels: { up: above(2, '$.id'), id: key(3) } }),
    metric('$.a.b.c', { name: 'y' }),
    metric('$[?@ == $]', { name: 'z', value: { kind: 'count' } }),
    metric('$.rows[*]', { name: 'w', value: at('$.n'), labels: { name: at('$.name') } }),
  ];
  for (const document of [
    null,
    undefined,
    0,
    '',
    'text',
    true,
    [],
    {},
    [[]],
    nested('[', ']', 100_000),
    nested('{"n":', '}', 5000),
  ])
    await map(all, document);
  t.strictSame(
    (await map(metric('$..n'), nested('{"n":', '}', 5000))).notices.at(-1),
    'x: the document is nested too deeply, so deeper values are left out',
  );
  const large: unknown = JSON.parse(
    JSON.stringify({ rows: Array.from({ length: 200_000 }, (_, n) => ({ n, name: `row ${n}`, tags: ['a', 'b'] })) }),
  );
  // The CPU time of this process, because other programs may keep the machine busy.
  const before = process.cpuUsage();
  const { samples, notices } = await map(all.slice(3), large);
  t.equal(samples.length, 1000);
  t.match(notices, [/^199,000 series more/]);
  const { user } = process.cpuUsage(before);
  t.ok(user < 2_000_000, `${user} µs`);
  t.strictSame(
    (await map(metric('$..tags[*]', { value: { kind: 'count' } }), large)).samples.map(({ value }) => value),
    [400_000],
  );
});

t.test('other work gets its turn while a large document is mapped', async (t) => {
  const rows = Array.from({ length: 400_000 }, (_, n) => n);
  let turns = 0;
  let isDone = false;
  const turn = () => void ((turns += 1), isDone || setImmediate(turn));
  setImmediate(turn);
  t.match(await map(metric('$[*]'), rows), { samples: { length: 1 }, rejectedValues: 399_999 });
  isDone = true;
  t.ok(turns > 1, `${turns} turns`);
  const given = new Error('called off');
  await t.rejects(createMapping([metric('$[*]')], { maxSeries: 1 })(rows, AbortSignal.abort(given)), given);
});

t.test('a path that takes too long is stopped', async (t) => {
  const rows = [{ name: `${'a'.repeat(60)}!` }, { name: 'b' }];
  const failure = { reason: 'json', message: /^the paths of its metrics take too long in this document/ };
  const mapping = createMapping([metric("$[?search(@.name, '(a+)+$')]", { value: { kind: 'count' } })], {
    maxSeries: 9,
  });
  await t.rejects(mapping(rows), failure);
  t.strictSame(lines(await mapping(rows.slice(1))), ['x 0'], 'and the next document is mapped as usual');
});

t.test('an id of 64 bits keeps all its digits as a label, and is a number in filters and values', async (t) => {
  const parsed = parseBody(
    Buffer.from(
      '{"id":9223372036854775807,"rows":[{"id":9007199254740993,"n":1},{"id":-9007199254740995,"n":2},{"id":12,"n":3}]}',
    ),
  );
  if (!('value' in parsed)) throw new Error('no JSON');
  const all = await map(
    metric('$.rows[*]', {
      value: at('$.n'),
      labels: { id: at('$.id'), whole: { kind: 'parent', levels: 2, path: '$.id' } },
    }),
    parsed.value,
  );
  t.strictSame(
    all.samples.map(({ series: { labels } }) => labels),
    ['9007199254740993', '-9007199254740995', '12'].map((id) => ({ id, whole: '9223372036854775807' })),
  );
  const large = await map(metric('$.rows[?@.id > 9000000000000000].id', { labels: { id: at('$') } }), parsed.value);
  t.strictSame(
    large.samples.map(({ series, value }) => [series.labels['id'], value]),
    [['9007199254740993', 9007199254740992]],
  );
});
