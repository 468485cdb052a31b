import t from 'tap';
import { failureReasons, ProbeFailure, reasonWords } from '../../src/base/reason.js';

t.test('each reason has its own words, which fit into a sentence', async (t) => {
  for (const reason of failureReasons) t.match(reasonWords[reason], /^[A-Za-z].+[A-Za-z]$/, reason);
  t.equal(new Set(Object.values(reasonWords)).size, failureReasons.length);
});

t.test('a failed probe keeps its reason, cause and level', async (t) => {
  const cause = new Error('why');
  t.match(new ProbeFailure('status', '503', { cause, level: 'warning' }), {
    name: 'ProbeFailure',
    reason: 'status',
    message: '503',
    cause,
    level: 'warning',
  });
  t.equal(new ProbeFailure('dns', 'no such name').level, undefined);
});
