import t from 'tap';
import { levelOfSeverity, levelOfWord } from '../../src/probes/health-body.js';

const list = (text: string) => text.split(',').map((word) => word.trim());

t.test('each known word has its level', async (t) => {
  const words = {
    healthy:
      list(`healthy, ok, okay, up, pass, passing, passed, success, successful, succeeded, ready, running, serving, operational,
      available, alive, live, active, online, started, connected, reachable, responding, working, normal, nominal, good, fine, green, pong,
      true, all systems operational, health ok`),
    warning:
      list(`degraded, warning, warn, yellow, amber, impaired, degraded performance, partially degraded, partial outage, minor outage,
      partially available, health warn`),
    critical:
      list(`unhealthy, critical, down, fail, failing, failed, failure, error, errored, err, fatal, unavailable, out of service,
      offline, inactive, dead, red, stopped, crashed, broken, disconnected, unreachable, outage, major outage, service unavailable,
      internal server error, timeout, timed out, nok, ko, false, health err`),
    unknown: list('unknown, service unknown'),
  } as const;
  for (const [level, known] of Object.entries(words)) {
    for (const word of known) {
      t.equal(levelOfWord(word), level, word);
      t.equal(levelOfWord(`not ${word}`), level === 'healthy' ? 'critical' : undefined, `not ${word}`);
    }
  }
  t.same([true, false].map(levelOfWord), ['healthy', 'critical']);
});

t.test('spelling variants of a word have the same level, and a sentence has none', async (t) => {
  for (const word of [
    'OUT_OF_SERVICE',
    'out-of-service',
    'OutOfService',
    ' Out  of\tservice. ',
    'out__of--service!',
    'out of service...',
  ])
    t.equal(levelOfWord(word), 'critical', word);
  for (const word of ['NOT_SERVING', 'NotServing', 'not-serving!']) t.equal(levelOfWord(word), 'critical', word);
  for (const word of [
    '',
    'not',
    'not ',
    'notok',
    'strange',
    'ok?',
    '.ok',
    'ok so far',
    'o k',
    `ok${'.'.repeat(31)}`,
    1,
    0,
    null,
    undefined,
    {},
    ['ok'],
  ])
    t.equal(levelOfWord(word), undefined, String(word));
  t.equal(levelOfWord(`ok${'.'.repeat(30)}`), 'healthy', '32 characters');
  t.equal(levelOfWord(`  ok${' '.repeat(50)}`), 'healthy', 'white space around it does not count');
});

t.test('the severity of an incident has its own words', async (t) => {
  t.same(['none', 'minor', 'MAJOR', ' critical '].map(levelOfSeverity), ['healthy', 'warning', 'critical', 'critical']);
  t.same(['ok', '', true, undefined].map(levelOfSeverity), [undefined, undefined, undefined, undefined]);
});
