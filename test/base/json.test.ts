import t from 'tap';
import { digitsAt, invalidJson, isRecord, keepDigits, parseBody } from '../../src/base/json.js';

const parse = (text: string, contentType?: string) => parseBody(Buffer.from(text), contentType);

t.test('JSON is read in its encoding, with or without a byte order mark', async (t) => {
  t.strictSame(parse('\ufeff{"a":1}'), { value: { a: 1 } });
  t.strictSame(parseBody(Buffer.from('\ufeff{"a":"ü"}', 'utf16le')), { value: { a: 'ü' } });
  t.strictSame(parseBody(Buffer.from('{"a":"\xfc"}', 'latin1'), 'application/json; charset=iso-8859-1'), {
    value: { a: 'ü' },
  });
  t.match(parseBody(Buffer.from('{"a":"\xfc"}', 'latin1'), 'application/json'), {
    why: 'it is not UTF-8',
    undecodable: 'the body is not UTF-8',
    isCut: false,
  });
});

t.test('values of Python that JSON does not have are named with their place', async (t) => {
  const table: readonly (readonly [text: string, why: string])[] = [
    ['{"rate": NaN}', 'it has NaN at line 1, column 10'],
    ['{"s": "NaN",\n "list": [1, -Infinity]}', 'it has -Infinity at line 2, column 14'],
    ['[Infinity]', 'it has Infinity at line 1, column 2'],
    ['{"a\\"b": "\\\\", "c":NaN}', 'it has NaN at line 1, column 20'],
    ['NaN', 'it has NaN at line 1, column 1'],
    ['NaN\n', 'it has NaN at line 1, column 1'],
    ['Infinity', 'it has Infinity at line 1, column 1'],
    [' -Infinity\n', 'it has -Infinity at line 1, column 2'],
    ['\n{"a": NaN}', 'it has NaN at line 2, column 7'],
    ['{"ok": True, "x": None}', 'it has True at line 1, column 8'],
    ['{"x": [1,\n None]}', 'it has None at line 2, column 2'],
    ['{"x": undefined}', 'it has undefined at line 1, column 7'],
    ["{'status': 'ok'}", "it has ' at line 1, column 2"],
    ['{"name": \'ok\'}', "it has ' at line 1, column 10"],
    ['{"a": "it\'s", "b": False}', 'it has False at line 1, column 20'],
  ];
  for (const [text, why] of table) t.match(parse(text), { why }, text);
  for (const text of [
    '{"s": "a: NaN",}',
    '<p>x: NaN</p>',
    'x: {"a": NaN}',
    'NaN is near',
    'Infinity is near',
    '{NaNa: 1}',
    '{"a": NaNny}',
    '{"a": Nonesuch}',
    '{"it\'s": 1,}',
  ])
    t.strictSame(parse(text), { isCut: false }, text);
});

t.test('a text that ends too early is distinguished from an invalid one', async (t) => {
  for (const text of ['{"a":', '{"a": "b', '[1, 2', '{"a": [1,', '[[1],2'])
    t.strictSame(parse(text), { isCut: true }, text);
  for (const text of ['{"a" 1}', 'healthy', '[1,]', '{"a": 01}', '[1 2]\n'])
    t.strictSame(parse(text), { isCut: false }, text);
});

t.test('whole numbers keep all digits and are still numbers', async (t) => {
  const text =
    '{"id":9007199254740993,"ids":[-9223372036854775808, 18446744073709551615,12],"x":{"id":"9007199254740993: 9007199254740993"},"f":9007199254740993.5}';
  const parsed = parse(text);
  t.strictSame(parsed, { value: JSON.parse(text) });
  const { value } = parsed as { readonly value: unknown };
  t.equal(digitsAt(value, ['id']), '9007199254740993');
  t.equal(digitsAt(value, ['ids', 0]), '-9223372036854775808');
  t.equal(digitsAt(value, ['ids', 1]), '18446744073709551615');
  for (const place of [['ids', 2], ['x', 'id'], ['f'], ['nothing', 'there'], []])
    t.equal(digitsAt(value, place), undefined, JSON.stringify(place));
  t.equal(
    JSON.stringify(Object.entries(value as object)),
    JSON.stringify(Object.entries(JSON.parse(text) as object)),
    'other values have no kept digits',
  );
});

t.test('digits are kept wherever the number is', async (t) => {
  const digits = '9007199254740993';
  const table: readonly (readonly [text: string, place: readonly (string | number)[], kept: string | undefined])[] = [
    [`{"id":${digits}}`, ['id'], digits],
    [`{"id": \n -${digits} }`, ['id'], `-${digits}`],
    [`[1.12345678901234567890,${digits}]`, [1], digits],
    [`[1.12345678901234567890,${digits}]`, [0], undefined],
    [`{"a":"\\":${digits}","id":${digits}}`, ['id'], digits],
    [`{"a":null,"id":${digits}}`, ['a', 'id'], undefined],
    [`{"id":${digits}}`, ['nothing', 'there', 'id'], undefined],
  ];
  for (const [text, place, kept] of table) {
    const parsed = parse(text);
    t.strictSame(parsed, { value: JSON.parse(text) }, text);
    t.equal(digitsAt((parsed as { readonly value: unknown }).value, place), kept, `${place.join('.')} of ${text}`);
  }
});

t.test('long digits do not make invalid JSON valid, and text like our internal mark does no harm', async (t) => {
  for (const text of [
    '{12345678901234567890:1}',
    '{"a":1,12345678901234567890:1}',
    '{"a":1,12345678901234567890 :1}',
    '[012345678901234567890]',
    '[1 12345678901234567890]',
    '["a"12345678901234567890]',
    '[12345678901234567890',
  ])
    t.notOk('value' in parse(text), text);
  t.match(parse('["\uE000\uE001digits x", 12345678901234567890]'), { value: [Number.NaN, 12345678901234567890] });
  t.match(parse(`${'['.repeat(50_000)}12345678901234567890${']'.repeat(50_000)}`), { value: [] }, 'nested deeply');
});

t.test('a row keeps digits, too', async (t) => {
  const row = { id: 1, n: 2, f: 1.5 };
  keepDigits(row, 'id', '9007199254740993');
  keepDigits(row, 'n', '12');
  keepDigits(row, 'f', '1.5');
  t.equal(digitsAt([row], [0, 'id']), '9007199254740993');
  for (const key of ['n', 'f']) t.equal(digitsAt([row], [0, key]), undefined, key);
});

t.test('a body that is not JSON is reported as such, with what is known', async (t) => {
  t.equal(invalidJson(), 'the body is not valid JSON');
  t.equal(invalidJson('it has NaN'), 'the body is not valid JSON: it has NaN');
});

t.test('an object is a record; lists, null and single values are not', async (t) => {
  for (const value of [{}, { a: 1 }]) t.equal(isRecord(value), true);
  for (const value of [[], null, undefined, 'a', 1, true, () => 1]) t.equal(isRecord(value), false, String(value));
});

t.test('a text that is made to be slow to read takes no longer', async (t) => {
  const long = '12345678901234567890';
  for (const text of [
    `[${long}${' '.repeat(3_000_000)}`,
    `[${long},"${'\\"'.repeat(1_500_000)}`,
    `[${' '.repeat(3_000_000)}${long}]`,
    `${'[1,'.repeat(100_000)}NaN`,
    `[${'"\\\\",'.repeat(300_000)}${long}]`,
  ]) {
    const before = process.cpuUsage();
    parse(text);
    const { user, system } = process.cpuUsage(before);
    t.ok(user + system < 4e6, `${text.slice(0, 30)}: ${((user + system) / 1000).toFixed(0)} ms`);
  }
});
