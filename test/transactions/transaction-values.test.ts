import t from 'tap';
import { ProbeFailure } from '../../src/base/reason.js';
import { Secret } from '../../src/config/secret.js';
import type { HttpSettings } from '../../src/config/sections/http-options.js';
import type { Capture } from '../../src/config/sections/transactions-section.js';
import { capture, fillStep, namesNeededBy } from '../../src/transactions/transaction-values.js';
import { httpSettings } from '../support/config.js';

const step = (url: string, http: Partial<HttpSettings> = {}) => ({
  name: 'a',
  url,
  http: httpSettings(http as Parameters<typeof httpSettings>[0]),
  usesLogin: false,
  timeoutSeconds: 10,
  captures: [],
});
const bearer = (token: string) => ({ kind: 'bearer', token: new Secret(token) }) as const;
const basic = { kind: 'basic', username: 'ada', password: new Secret('{{e}}') } as const;

t.test('a step needs the values of its URL, headers, body and token, and of nothing else', async (t) => {
  const http = { headers: new Map([['x', new Secret('{{b}}')]]), body: new Secret('{{c}}') };
  t.strictSame(namesNeededBy(step('http://crm.test/{{a}}', { ...http, auth: bearer('{{d}}') })), ['a', 'b', 'c', 'd']);
  t.strictSame(namesNeededBy(step('http://crm.test/{{a}}', { auth: basic })), ['a']);
  t.strictSame(namesNeededBy(step('http://crm.test/')), []);
});

t.test('the token of a step is filled in, other credentials are sent as they are', async (t) => {
  const sent = ({ http: { auth } }: ReturnType<typeof fillStep>) =>
    auth?.kind === 'bearer' ? auth.token.reveal() : auth?.kind === 'basic' ? auth.password.reveal() : auth;
  const values = new Map([['d', 'abc']]);
  t.equal(sent(fillStep(step('http://crm.test/', { auth: bearer('<{{d}}>') }), values)), '<abc>');
  t.equal(sent(fillStep(step('http://crm.test/', { auth: basic }), values)), '{{e}}');
  t.equal(sent(fillStep(step('http://crm.test/'), values)), undefined);
});

t.test('a step without a value that it needs is not sent', async (t) => {
  t.throws(
    () => fillStep(step('http://crm.test/{{a}}'), new Map()),
    new ProbeFailure('json', '{{a}} was not captured'),
  );
});

t.test('values of JSON and of headers become text', async (t) => {
  const json = (name: string, path: string): Capture => ({ name, from: { kind: 'json', path } });
  const outcome = async (captures: readonly Capture[], body: string | Buffer, type = 'application/json') => {
    const { values, failure } = await capture(captures, {
      statusCode: 200,
      headers: [
        ['content-type', type],
        ['x-id', 'abc'],
      ],
      body: Buffer.from(body as string),
      durationSeconds: 1,
    });
    return failure === null ? Object.fromEntries(values) : failure.message;
  };
  t.strictSame(
    await outcome([{ name: 'id', from: { kind: 'header', header: 'x-id' } }, json('v', '$.v')], '{"v":"w"}'),
    { id: 'abc', v: 'w' },
  );
  t.strictSame(await outcome([{ name: 'id', from: { kind: 'header', header: 'x-id' } }], 'no JSON'), { id: 'abc' });
  const longest = 'x'.repeat(8192);
  for (const [given, text] of [
    ['true', 'true'],
    ['false', 'false'],
    ['0', '0'],
    ['-12.5', '-12.5'],
    ['1e300', undefined],
    ['9007199254740991', '9007199254740991'],
    ['9007199254740993', undefined],
    [`"${longest}"`, longest],
    [`"${longest}x"`, undefined],
  ] as const)
    t.strictSame(
      await outcome([json('v', '$.v')], `{"v":${given}}`),
      text === undefined
        ? `capture v: found ${given.startsWith('"') ? 'more than 8192 bytes' : 'a number with too many digits'}`
        : { v: text },
    );
  const latin1 = Buffer.from('{"v":"é"}', 'latin1');
  t.strictSame(await outcome([json('v', '$.v')], latin1, 'application/json; charset=iso-8859-1'), { v: 'é' });
  t.equal(await outcome([json('v', '$.v')], latin1), 'capture v: the answer is not JSON: it is not UTF-8');
  t.equal(await outcome([json('v', '$.v')], '{'), 'capture v: the answer is not JSON');
});
