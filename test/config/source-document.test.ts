import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load.js';
import { formatWarnings } from '../../src/config/problem.js';

const fixtures = 'test/fixtures/config';

async function load(t: Test, text: string, environment: Readonly<Record<string, string>> = {}): Promise<Config> {
  await writeFile(join(t.testdir({ secret: 'from-file\n' }), 'f'), text);
  return loadConfig('f', { environment, directory: t.testdirName });
}

/** The problems of a text, one line each. */
async function problems(t: Test, text: string): Promise<string> {
  try {
    return formatWarnings('f', (await load(t, text)).warnings);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

t.test('JSON with comments and trailing commas loads as without them', async (t) => {
  const environment = { MAIL_PASSWORD: 's3cret' };
  const main = await loadConfig('document-commented.json', { environment, directory: fixtures });
  t.strictSame(
    main.components.map(({ name }) => name),
    ['backend', 'frontend', 'pm_gateway', 'database'],
  );
  t.strictSame(main.host.mountpoints, ['/', '/dev/shm']);
  t.equal(main.intervals.detailedAnalysisSeconds, 300);
  t.strictSame(main.warnings, []);
  const { thresholds } = await loadConfig('document-commented-thresholds.json', { environment, directory: fixtures });
  t.match(thresholds, { responseTimeSeconds: { warning: 2 }, agentResponseTimeSeconds: { warning: 3 } });
  const [email, slack] = (await loadConfig('document-commented-channels.json', { environment, directory: fixtures }))
    .alertChannels;
  t.match(email, { settings: { recipients: ['oncall@crm.test', 'night@crm.test'] } });
  t.match(slack, { settings: { channel: '#crm // ops' } }, 'text in quotes is not a comment');
});

t.test(
  'a text that begins like JSON is read as JSON, whatever the file name and the white space before it',
  async (t) => {
    for (const text of [
      '{"retries": 7,}',
      '\uFEFF// first\n{\n"retries": 7}',
      '/* a { */ /* b */ {"retries": 7 /* c */}\n// d',
      ' \r\n{ // x\r\n"retries": 7\r\n}',
    ]) {
      t.equal((await load(t, text)).retries, 7, JSON.stringify(text));
    }
    for (const text of ['{retries: 7}', "{'retries': 7}", '{ # x\n  "retries": 7}'])
      t.equal((await load(t, text)).retries, 7, `${text} is YAML in braces`);
  },
);

t.test('variables, secret files and positions work in JSON as in YAML', async (t) => {
  const text = '{"endpoints": {"a": {"url": "${URL}", "auth": {"bearer": {"token_file": "secret"}}}}}';
  const [component] = (await load(t, text, { URL: 'http://x/"//' })).components;
  const auth = component !== undefined && 'http' in component ? component.http.auth : undefined;
  t.equal(auth?.kind === 'bearer' && auth.token.reveal(), 'from-file');
  t.match(component, { url: 'http://x/%22//' });
  t.equal(
    await problems(
      t,
      '{\n  "retries": "many", // x\n  "host": {\n    "enabled": 5, "enabled": true,\n    "rootfs": "${NOWHERE}"\n  },\n  "tiems": 1e2,\n  "<<": {}\n}',
    ),
    [
      'f:2:14 retries: must be a whole number, not "many"',
      'f:4:19 host.enabled: duplicate key, first on line 4',
      'f:5:15 host.rootfs: environment variable NOWHERE is not set',
      'f:7:3 tiems: unknown key',
      'f:8:3 "<<": unknown key',
    ].join('\n'),
  );
  t.equal(
    await problems(t, '{"retries": 1e2, "concurrency": 0.5}'),
    'f:1:33 concurrency: must be between 1 and 10000, not 0.5',
    'numbers are quoted as they were written',
  );
});

const brokenJson: Readonly<Record<string, string>> = {
  '{\n  "endpoints": {\n    "a": "http://x",\n  "retries": 5\n}\n':
    'f:4:3: a closing brace is missing before this line, for the one opened on line 2',
  '{\n  "endpoints": {"a": "http://x"},\n  "host": {\n    "enabled": true\n':
    'f:4:20: a closing brace is missing, for the one opened on line 3',
  '{"host": {"devices": ["eth0", "eth1"}}': 'f:1:37: a closing bracket is missing, for the one opened on line 1',
  '{"host": {"mountpoints": ["/",\n "enabled": true}}':
    'f:2:11: a closing bracket is missing, for the one opened on line 1',
  '{"host": {"enabled": true]}': 'f:1:26: a closing brace is missing, for the one opened on line 1',
  '{\n  "endpoints": {\n    "a": "http://x"\n\n  "retries": 5\n}\n':
    'f:5:3: a closing brace is missing before this line, for the one opened on line 2',
  '{\n  "host": {\n    "mountpoints": [\n      "/"\n  },\n  "retries": 5\n}\n':
    'f:5:3: a closing bracket is missing, for the one opened on line 3',
  '{"endpoints": {"a": "http://x"}},\n"retries": 1}':
    'f:1:33: this closing brace or bracket does not match an opening one',
  '{\n"endpoints": {"a": "http://x,\n"b": "http://y"}}': 'f:2:20: a closing quote is missing',
  '{"retries": 0x10}': 'f:1:14: not a number, and text needs double quotes',
  '{"retries": 010}': 'f:1:14: not a number, and text needs double quotes',
  '{"retries": NaN}': 'f:1:13: not a number, and text needs double quotes',
  '{"host": {"enabled": True}}': 'f:1:22: true, false and null must be in lower case',
  '{\n\u00a0 "retries": 1}': 'f:2:1: invisible character U+00A0 at the beginning of a line: remove it or use a space',
  '{': 'f:1:2: a closing brace is missing, for the one opened on line 1',
  '{\n"retries": 7\n': 'f:2:13: a closing brace is missing, for the one opened on line 1',
  '{\n\t"endpoints": {\n\t\t"a": "http://x",\n\t"retries": 5\n}\n':
    'f:4:2: a closing brace is missing before this line, for the one opened on line 2',
  '{\n  "a": 1 "b": 2,\n  "endpoints": {\n    "c": "http://x",\n  "retries": 5\n}\n':
    'f:2:10: a comma is missing\nf:5:3: a closing brace is missing before this line, for the one opened on line 3',
  '{\n        "a": {\n            "x": {"y": 1\n  }, "b": 1\n}':
    'f:5:2: a closing brace is missing, for the one opened on line 1',
  '{"a": isTrue}': 'f:1:7: keys and text need double quotes',
  '{"a": [1, 2}': 'f:1:12: a closing bracket is missing, for the one opened on line 1',
  '{"a": [1, 2\n"b": 1}': 'f:2:1: a comma is missing',
  '{"retries": 1}}': 'f:1:15: there is one closing brace or bracket too many',
  '{"retries": 1} {"retries": 2}': 'f:1:16: there is text after the end of the document',
  '{"retries": 1 "concurrency": 2}': 'f:1:15: a comma is missing',
  '{"retries" 1}': 'f:1:12: a ":" is missing after the key',
  '{"retries": , "concurrency": 2}': 'f:1:13: a value is missing',
  '{"retries": 1,, "concurrency": 2}': 'f:1:15: a key in double quotes is missing',
  '{"endpoints": {"a": http://x}}': 'f:1:21: keys and text need double quotes',
  '{"endpoints": {a: "http://x"}}': 'f:1:16: keys and text need double quotes',
  '{"endpoints": {\'a\': "http://hunter2"}}': 'f:1:16: keys and text need double quotes',
  '{"retries": 1, # one\n"concurrency": 2}': 'f:1:16: comments begin with "//" in JSON',
  '{"retries": 1 /* one': 'f:1:15: a comment is not closed, "*/" is missing',
  '{"retries": "1}\n': 'f:1:13: a closing quote is missing',
  '{"grafana_url": "\\x"}': 'f:1:17: unknown escape after "\\" in double quotes',
  '{"grafana_url": "\t"}': 'f:1:17: tabs and line ends in text are written as \\t and \\n',
  '[{"a": 1}]': 'f:1:1: must be a mapping of settings, not a list',
};

for (const [text, answer] of Object.entries(brokenJson)) {
  t.test(`says why ${JSON.stringify(text)} is not JSON`, async (t) => {
    t.equal(await problems(t, text), answer);
  });
}

const brokenYaml: Readonly<Record<string, string>> = {
  'endpoints: {a: {url: http://x}\nretries: 2\n': 'f:2:1: a closing bracket or brace is missing',
  'endpoints: {a: {url: "http://x", timeout: 5\n  b: "http://y"\nretries: 3\n':
    'f:3:1: a closing bracket or brace is missing',
  'endpoints:\n  a: http://x\n}\n': 'f:3:1: there is one closing brace or bracket too many',
  'endpoints:\n  a: "http://x\n  b: http://y\n': 'f:2:6: a closing quote is missing',
  "endpoints:\n  a: 'http://x\n  b: http://y\n": 'f:2:6: a closing quote is missing',
  'endpoints:\n  a: "http://x"/health\n':
    "f:2:16: text after a closing quote: a quote within text is written \\\" in \"…\" and '' in '…'",
  'endpoints:\n\u00a0\u00a0a: http://x\n':
    'f:2:1: invisible character U+00A0 at the beginning of a line: remove it or use a space',
  'host:\n\tenabled: false\n': 'f:2:1: tabs cannot indent, use spaces',
  'host:\n    enabled: false\n  rootfs: /\n': 'f:3:1: indented differently from its neighbours',
  'endpoints: {"a" "http://x"}\n': 'f:1:17: a comma is missing',
  'endpoints:\n  "a"\n  b: http://y\n': 'f:3:1: indented differently from its neighbours',
  'name: @crm\n': 'f:1:7: text that begins with this character needs quotes',
  'name: "\\q"\n': 'f:1:8: unknown escape after "\\" in double quotes',
  'name: a: b\n': 'f:1:7: text with ": " in it needs quotes',
  'host: [a\n- b]\n': 'f:2:1: a closing bracket or brace is missing',
  'retries\nconcurrency: 1\n': 'f:1:1: a key must be on one line with its ":"',
  'retries: 1\n---\nretries: 2\n': 'f:2:1: more than one document, remove the "---"',
  '? [a]\n: 1\n': 'f:1:3: a key must be text',
  'name: !own a\n': 'f:1:7: tags ("!…") are not supported',
  'name: &a &b c\n': 'f:1:10: an anchor ("&…") or alias ("*…") is not allowed like this',
  'name: &a *b\n': 'f:1:10: an anchor ("&…") or alias ("*…") is not allowed like this',
  'host: {devices: [a}]\n': 'f:1:19: a closing bracket or brace is missing',
  'host: {}]\n': 'f:1:9: there is one closing brace or bracket too many',
  'name: *\n': 'f:1:7: an anchor ("&…") or alias ("*…") is not allowed like this',
  '// my file\nretries: 2\n': 'f:1:1: comments begin with "#" in YAML',
  'retries: 2\n/* block */\n': 'f:2:1: comments begin with "#" in YAML',
  'host: // here\n  enabled: false\n': 'f:1:7: comments begin with "#" in YAML',
  'host:\n  mountpoints:\n    - "/" // root\n    - /dev\n': 'f:3:11: comments begin with "#" in YAML',
  'endpoints: {\n  "a": "http://x" // first\n  "b": "http://y"\n}\n': 'f:2:19: comments begin with "#" in YAML',
};

for (const [text, answer] of Object.entries(brokenYaml)) {
  t.test(`says why ${JSON.stringify(text)} is not YAML`, async (t) => {
    t.equal(await problems(t, text), answer);
  });
}

t.test('refuses YAML text that contains a comment or the next value by mistake', async (t) => {
  const comment = 'comments begin with "#" in YAML: what follows "//" is read as text; put text with "//" in quotes';
  const neighbour = 'a comma or a "-" is missing, or the text needs quotes: YAML reads all of this as one text';
  const answers: Readonly<Record<string, string>> = {
    'host:\n  mountpoints: ["/", // root\n    "/dev/shm"]': `f:2:22 host.mountpoints[1]: ${comment}`,
    'host:\n  mountpoints: ["/", // root\n  ]': `f:2:22 host.mountpoints[1]: ${comment}`,
    'host:\n  devices: [eth0 // first\n    , eth1]': `f:2:13 host.devices[0]: ${comment}`,
    'host:\n  mountpoints:\n    - / // root': `f:3:7 host.mountpoints[0]: ${comment}`,
    'host:\n  mountpoints: [/\n    /boot]': `f:2:17 host.mountpoints[0]: ${neighbour}`,
    'host:\n  mountpoints: [/ "/boot"]': `f:2:17 host.mountpoints[0]: ${neighbour}`,
    "host:\n  mountpoints:\n    - /\n      '/boot'": `f:3:7 host.mountpoints[0]: ${neighbour}`,
    'host: {mountpoints: [/a", /b]}':
      'f:1:22 host.mountpoints[0]: warning: the text ends with a quote but does not begin with one: add the first or remove the last',
    'host: {rootfs: /\n  host}': `f:1:16 host.rootfs: ${neighbour}`,
    'endpoints: {\n  "a": "http://x", // first\n  "b": "http://y"}': `f:2:20 endpoints."// first \\"b\\"": ${comment}`,
    'host: {mountpoints: [/, //]}': `f:1:25 host.mountpoints[1]: ${comment}`,
    'host: {mountpoints: [/ /boot]}': 'f:1:22 host.mountpoints[0]: must be an absolute path, not "/ /boot"',
    'host: {devices: [eth0 eth1]}': 'f:1:18 host.devices[0]: must be the name of a device, not "eth0 eth1"',
  };
  for (const [text, answer] of Object.entries(answers))
    t.equal((await problems(t, text)).split('\n')[0], answer, JSON.stringify(text));
});

t.test('at most ten syntax errors are reported, one for each line', async (t) => {
  const lines = (await problems(t, `{${'\n"a" 1, "b" 1,'.repeat(12)}\n}`)).split('\n');
  t.strictSame(
    lines,
    Array.from({ length: 10 }, (_, index) => `f:${index + 2}:5: a ":" is missing after the key`),
  );
});

t.test('hundreds of components may share the options of one YAML anchor', async (t) => {
  const entries = Array.from({ length: 300 }, (_, index) => `  c${index}: {<<: *defaults, url: "http://x"}\n`);
  const text = `x-defaults: &defaults {timeout: 2}\nendpoints:\n${entries.join('')}`;
  t.equal((await load(t, text)).components.length, 300);
});

t.test('accepts text with quotes, slashes and several lines if it is plausible', async (t) => {
  const text = [
    'endpoints:',
    '  a:',
    '    url: http://x//y/"z"',
    '    body: some "quoted" text',
    '    expect: {body_regex: .*"status":"ok".*, json: {a.b: it\'s}}',
    '    depends_on: ["b"]',
    '  b: {url: http://x/?a="b", headers: {X-A: say "so", X-B: "a // b"}}'.replace('say "so"', '\'say "so"\''),
    '  c: {url: "http://x", expect: {body_regex: "one // two"}}',
    'sql_sources:',
    '  s:',
    '    url: postgres://u@h/d',
    '    query: select "a" as n,',
    '      "b" from t where c = \'x y\'',
    '    metrics:',
    '      - name: n_things',
    '        help: How many "things"',
    '          there are.',
    '        value: n',
    'ai_crm: {url: "http://x", sample_task: {description: |',
  ]
    .slice(0, -1)
    .join('\n');
  const config = await load(t, text);
  t.strictSame(config.warnings, []);
  t.equal(config.sqlSources[0]?.query, 'select "a" as n, "b" from t where c = \'x y\'');
  t.match(config.components[0], { url: 'http://x//y/%22z%22' });
  const block = 'endpoints:\n  a:\n    url: http://x\n    expect:\n      body_regex: up // down\n';
  t.match(
    await problems(t, block),
    /^f:5:19 endpoints\.a\.expect\.body_regex: warning: comments begin with "#" in YAML/,
    'on its own line it may be intended',
  );
});

t.test('top-level sections that begin with x- belong to the user', async (t) => {
  const text =
    'x-common: &common {timeout: 3s, anything: [1]}\nx-url: &url http://x\nendpoints:\n  a: {url: *url, timeout: 2s}\n';
  t.match((await load(t, text)).components, [{ name: 'a', timeoutSeconds: 2 }]);
  t.equal(
    await problems(t, `${text}  x-b: http://y\nx: 1\nhost: {x-c: 1}\n`),
    'f:6:1 x: unknown key\nf:7:8 host.x-c: unknown key',
    'only at the top level, and a component may have such a name',
  );
});
