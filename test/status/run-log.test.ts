import t from 'tap';
import type { Reading } from '../../src/collector.js';
import { RunLog } from '../../src/status/run-log.js';
import { RecordedLog } from '../support/recorded-log.js';
import {
  forbidden,
  measureReading,
  off,
  reading,
  sourceReading,
  transactionReading,
} from '../support/service-fixture.js';

/** The log lines for these readings of one collector, run by run. */
function linesOf(...runs: readonly Reading[]): readonly string[][] {
  const log = new RecordedLog();
  const runLog = new RunLog(log);
  return runs.map((found) => {
    const before = log.lines.length;
    runLog.accept({
      collector: 'x',
      success: true,
      endedAtSeconds: 0,
      durationSeconds: 0,
      intervalSeconds: 1,
      collected: { samples: [], readings: [found] },
    });
    return log.lines
      .slice(before)
      .map(
        ({ level, message, fields }) =>
          `${level} ${message}: ${String(fields['detail'])}${fields['notices'] === undefined ? '' : ` [${String(fields['notices'])}]`}`,
      );
  });
}

t.test(
  'a source is logged when it goes down, when the cause changes with the same reason, and when it is back',
  async (t) => {
    const wrongPassword = sourceReading('s', { up: false, reason: 'auth', message: 'wrong password' });
    t.same(
      linesOf(
        sourceReading('s'),
        wrongPassword,
        wrongPassword,
        forbidden('s'),
        { ...forbidden('s'), reason: 'status' },
        sourceReading('s'),
        sourceReading('s', { message: '7 tasks' }),
      ),
      [
        [],
        ['warn source is down: wrong password'],
        [],
        ['warn source is down: 403: the account may not read this; log in with an account of role admin'],
        ['warn source is down: 403: the account may not read this; log in with an account of role admin'],
        ['info source is up: 1,204 tasks'],
        [],
      ],
    );
  },
);

t.test('removed collectors are forgotten', async (t) => {
  const log = new RecordedLog();
  const runLog = new RunLog(log);
  const run = (collector: string) =>
    runLog.accept({
      collector,
      success: false,
      endedAtSeconds: 0,
      durationSeconds: 0,
      intervalSeconds: 1,
      error: 'no such file',
    });
  run('stays');
  run('goes');
  t.same(log.lines[0], {
    level: 'warn',
    message: 'collector failed',
    fields: { collector: 'stays', error: 'no such file' },
  });
  runLog.retain(new Set(['stays']));
  run('stays');
  run('goes');
  t.same(
    log.lines.map(({ fields }) => fields['collector']),
    ['stays', 'goes', 'goes'],
    'its earlier state was forgotten',
  );
});

t.test('a line has its subject in separate fields', async (t) => {
  const log = new RecordedLog();
  const runLog = new RunLog(log);
  const fieldsOf = (found: Reading) => {
    runLog.accept({
      collector: found.name,
      success: true,
      endedAtSeconds: 0,
      durationSeconds: 0,
      intervalSeconds: 1,
      collected: { samples: [], readings: [found] },
    });
    return log.lines.at(-1)?.fields;
  };
  t.same(
    fieldsOf({ subject: 'host', name: 'cpu', resource: 'cpu', level: 'warning', usageRatio: 0.9, message: '90 %' }),
    { resource: 'cpu', detail: '90 %' },
  );
  const timeout = reading('backend', { level: 'critical', up: false, reason: 'timeout', message: 'no answer' });
  t.same(fieldsOf(timeout), {
    component: 'backend',
    target: 'http://backend.example:8000/health',
    detail: 'no answer',
    reason: 'timeout',
    response_seconds: 0.038,
  });
  t.match(fieldsOf({ ...timeout, reason: 'dns' }), { reason: 'dns' }, 'another reason is logged');
  t.same(fieldsOf(measureReading('m', { level: 'warning' })), { measure: 'm', detail: '24 ms of 3 s' });
  t.same(
    fieldsOf(
      transactionReading('d', { level: 'critical', up: false, reason: 'timeout', failedStep: 'log in', message: 'x' }),
    ),
    { transaction: 'd', detail: 'x', step: 'log in', reason: 'timeout' },
  );
  t.same(fieldsOf({ ...forbidden('s'), notices: ['one', 'two'] }), {
    source: 's',
    detail: '403: the account may not read this; log in with an account of role admin',
    reason: 'auth',
    notices: 'one; two',
  });
});

t.test('a source that is off is logged once', async (t) => {
  t.same(linesOf(off('s'), off('s'), sourceReading('s')), [
    ['info source is off: not collected: needs role admin, the account has role user'],
    [],
    ['info source is up: 1,204 tasks'],
  ]);
});

t.test('a changed number in a message or notice is not logged again', async (t) => {
  const down = (message: string) => sourceReading('s', { up: false, reason: 'rate_limited', message });
  t.same(
    linesOf(down('429: asked again in 3,600 s'), down('429: asked again in 12.5 s')).map(({ length }) => length),
    [1, 0],
  );
  const notices = (...all: string[]) => sourceReading('s', { notices: all });
  t.same(
    linesOf(
      notices('2 values of depth left out'),
      notices('1 value of depth left out'),
      notices('1,031 values of depth left out'),
      notices('3 values of width left out'),
      notices(),
    ),
    [
      ['info source is up: 1,204 tasks [2 values of depth left out]'],
      [],
      [],
      ['info source is up: 1,204 tasks [3 values of width left out]'],
      ['info source is up: 1,204 tasks'],
    ],
  );
});

t.test('a transaction is logged when another step fails, a measure when its level changes', async (t) => {
  const failed = (failedStep: string) =>
    transactionReading('d', {
      level: 'critical',
      up: false,
      reason: 'timeout',
      failedStep,
      message: `${failedStep}: no answer`,
    });
  t.same(
    linesOf(transactionReading('d'), failed('log in'), failed('log in'), failed('suggest'), transactionReading('d')),
    [
      [],
      ['warn transaction is CRITICAL: log in: no answer'],
      [],
      ['warn transaction is CRITICAL: suggest: no answer'],
      ['info transaction is HEALTHY: 3 steps went as expected'],
    ],
  );
  t.same(
    linesOf(
      measureReading('m'),
      measureReading('m', { message: '25 ms of 3 s' }),
      measureReading('m', { level: 'warning', message: '4 s' }),
      measureReading('m', { level: 'warning', message: '5 s' }),
    ),
    [[], [], ['warn measure is WARNING: 4 s'], []],
  );
});

t.test('a reason that several sources share is logged once, at its begin and its end', async (t) => {
  const log = new RecordedLog();
  const runLog = new RunLog(log);
  const lines = (...readings: readonly Reading[]) => {
    const before = log.lines.length;
    for (const found of readings)
      runLog.accept({
        collector: `ai_crm:${found.name}`,
        success: true,
        endedAtSeconds: 0,
        durationSeconds: 0,
        intervalSeconds: 1,
        collected: { samples: [], readings: [found] },
      });
    return log.lines
      .slice(before)
      .map(({ level, message, fields }) => `${level} ${message}: ${String(fields['detail'])}`);
  };
  const shared = (name: string, message = 'not queried: the rate limit is used up') =>
    sourceReading(name, { up: false, isShared: true, reason: 'rate_limited', message });
  const crashed = (name: string) => sourceReading(name, { up: false, reason: 'status', message: '500: it crashed' });
  t.same(lines(sourceReading('a'), shared('a'), shared('b'), shared('a')), [
    'warn data sources are down: not queried: the rate limit is used up',
  ]);
  t.same(
    lines(shared('c', 'not queried: the budget is used up'), shared('a', 'not queried: the budget is used up')),
    ['warn data sources are down: not queried: the budget is used up'],
    'but each cause is logged',
  );
  t.same(
    lines(sourceReading('b', { message: '3 users' }), sourceReading('a')),
    ['info data sources are back: 3 users'],
    'one of them still waits for the budget',
  );
  t.same(
    lines(crashed('c'), shared('c'), crashed('c'), sourceReading('c')),
    ['warn source is down: 500: it crashed', 'info source is up: 1,204 tasks'],
    'a source that was down before does not begin again',
  );
  t.same(lines(shared('a')), ['warn data sources are down: not queried: the rate limit is used up']);
  t.same(
    lines(
      { ...shared('d', 'not logged in; see the source ai_crm_login'), reportedBy: 'ai_crm_login' },
      sourceReading('d'),
    ),
    [],
    'the login is logged instead',
  );
  runLog.retain(new Set());
  t.same(
    lines(shared('b')),
    ['warn data sources are down: not queried: the rate limit is used up'],
    'removed sources suppress nothing',
  );
});

t.test('an UNKNOWN measure is not logged, since its source is, and neither is its recovery', async (t) => {
  const unknown = measureReading('m', { level: 'unknown', message: 'not logged in; see the source ai_crm_login' });
  const slow = measureReading('m', { level: 'warning', message: '4 s' });
  t.same(
    linesOf(
      unknown,
      measureReading('m'),
      unknown,
      measureReading('m'),
      slow,
      unknown,
      slow,
      measureReading('m'),
    ).flat(),
    ['warn measure is WARNING: 4 s', 'info measure is HEALTHY: 24 ms of 3 s'],
  );
});
