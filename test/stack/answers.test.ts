import t from 'tap';
import {
  labelsAt,
  numberAt,
  queryVector,
  recordsAt,
  secondsOf,
  textAt,
  tooOld,
  valueAt,
} from '../../src/stack/answers.js';
import { answeringProgram } from '../support/answering-program.js';

t.test('a value of another type counts as missing', async (t) => {
  const document = { a: { b: [{ c: 1 }, 7, null], t: 'text', n: 0, l: { x: 'y', z: 1 } } };
  t.equal(valueAt(document, 'a', 'n'), 0);
  t.strictSame([valueAt(document, 'a', 't', 'length'), valueAt(undefined, 'a')], [undefined, undefined]);
  t.strictSame([textAt(document, 'a', 't'), textAt(document, 'a', 'n')], ['text', undefined]);
  t.strictSame([numberAt(document, 'a', 'n'), numberAt(document, 'a', 't')], [0, undefined]);
  t.strictSame([recordsAt(document, 'a', 'b'), recordsAt(document, 'a', 'l')], [[{ c: 1 }], undefined]);
  t.strictSame([labelsAt(document, 'a', 'l'), labelsAt(document, 'a', 't')], [{ x: 'y' }, {}]);
});

t.test('a time is read from ISO 8601, and "never" of Go is no time', async (t) => {
  t.equal(secondsOf('2026-11-18T11:06:40.500Z'), 1_795_000_000.5);
  for (const text of ['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', 'soon', undefined])
    t.equal(secondsOf(text), undefined, text ?? 'absent');
});

t.test(
  'the series of an instant query have labels and numbers, and a series without a value is not a number',
  async (t) => {
    const { client, questions } = await answeringProgram(t, ({ query }) =>
      query.get('query') === 'up{a="b&c"} + 1'
        ? { data: { result: [{ metric: { job: 'crm' }, value: [5, '2.5'] }, { metric: {} }] } }
        : { data: { resultType: 'scalar' } },
    );
    t.strictSame(await queryVector(client, 'up{a="b&c"} + 1'), [
      { labels: { job: 'crm' }, value: 2.5 },
      { labels: {}, value: Number.NaN },
    ]);
    t.strictSame(await queryVector(client, '1'), []);
    t.match(questions[0], { method: 'GET', path: '/api/v1/query' });
  },
);

t.test('a program is too old only if its version is known to be', async (t) => {
  t.strictSame(tooOld('Prometheus', '2.41.0'), {
    subject: 'Prometheus',
    level: 'warning',
    text: '2.41.0 is too old: 2.42 is needed',
    remedy: 'install Prometheus 2.42 or newer',
  });
  t.equal(tooOld('Prometheus', '2.42.0'), undefined);
  t.equal(tooOld('Prometheus', null), undefined);
  t.equal(tooOld('exporter', '0.0.1'), undefined, 'the exporter itself has no oldest version');
});
