import t from 'tap';
import { readRange } from '../../src/net/range-answer.js';

const answerOf = (...result: readonly unknown[]) => ({ status: 'success', data: { resultType: 'matrix', result } });
const series = { metric: { component: 'a' }, values: [[100, '0.5']] };

t.test('series are read in the order of time, without values that are not numbers', async (t) => {
  t.strictSame(
    readRange(
      answerOf(
        {
          metric: { component: 'a', odd: 1 },
          values: [[100, '0.5'], [160, 'NaN'], [220, '+Inf'], 'rubbish', null, [280, '0'], [340]],
        },
        { metric: {}, values: [] },
      ),
    ),
    [
      {
        labels: { component: 'a' },
        points: [
          [100, 0.5],
          [280, 0],
        ],
      },
      { labels: {}, points: [] },
    ],
  );
  t.strictSame(readRange(answerOf()), [], 'an empty result is valid, too');
});

t.test('an invalid answer to a range query is undefined, not empty', async (t) => {
  for (const answer of [
    undefined,
    null,
    'text',
    [],
    {},
    { data: null },
    { data: { result: {} } },
    answerOf(series, null),
    answerOf(series, { metric: {} }),
    answerOf(series, { values: [] }),
    answerOf(series, { metric: [], values: [] }),
    answerOf(series, { metric: {}, values: '' }),
  ])
    t.equal(readRange(answer), undefined, JSON.stringify(answer));
});
