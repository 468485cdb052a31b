import t from 'tap';
import { DataFailure, NotAsked } from '../../src/access/data-access.js';
import { LoginRefused, NotLoggedIn } from '../../src/access/session.js';
import { AiCrmMemory, Operation, type OperationName } from '../../src/ai-crm/operation.js';
import type { ProbeFailure } from '../../src/base/reason.js';

const crash = new DataFailure('status', '500: AI-CRM crashed', { statusCode: 500 });
const closed = new DataFailure('closed', 'the connection was closed');
const hung = new DataFailure('timeout', 'no answer within 5 s');

/** The levels of an operation after each of these failures; 5 s are critical for it. */
function levelsOf(name: OperationName, ...failures: readonly ProbeFailure[]) {
  const { failing } = new AiCrmMemory().of('http://x');
  const operation = new Operation(name, { warning: 1, critical: 4 }, 5, failing);
  return failures
    .flatMap((failure) => operation.failed(failure).readings)
    .map((reading) => 'level' in reading && reading.level);
}

t.test('a failure that users notice too is critical, and every other one is unknown', async (t) => {
  for (const failure of [
    crash,
    closed,
    hung,
    ...[502, 503, 504].map((statusCode) => new DataFailure('status', 'a proxy', { statusCode })),
  ])
    t.same(levelsOf('agent_list', failure), ['critical'], failure.message);
  for (const failure of [
    new DataFailure('json', 'HTML'),
    new DataFailure('connect', 'refused'),
    new DataFailure('status', '501', { statusCode: 501 }),
    new LoginRefused('auth', '500 to the login', { statusCode: 500 }),
    new NotAsked('closed', 'not asked', { statusCode: 500 }),
  ])
    t.same(levelsOf('agent_list', failure), ['unknown'], failure.message);
});

t.test('a failing operation stays failing only while nothing is sent, and not without a login', async (t) => {
  const rest = new NotAsked('status', 'asked again at 11:42 UTC');
  t.same(levelsOf('agent_list', crash, rest, rest), ['critical', 'critical', 'critical']);
  t.same(levelsOf('agent_list', crash, new DataFailure('json', 'HTML'), rest), ['critical', 'unknown', 'unknown']);
  t.same(levelsOf('agent_list', crash, new NotLoggedIn('auth', 'not logged in'), rest), [
    'critical',
    'unknown',
    'unknown',
  ]);
  t.same(levelsOf('agent_list', closed, rest), ['critical', 'unknown'], 'it may only have waited for another');
  t.same(levelsOf('task_board', closed, rest), ['critical', 'critical'], 'the board may hang itself');
});

t.test('a request shows the state, its duration or its code, and what users notice', async (t) => {
  const { failing, crashes } = new AiCrmMemory().of('http://x');
  t.same(crashes, { count: 0 });
  const shown = ({ samples, readings }: ReturnType<Operation['failed']>) => [
    samples.map(({ series, value }) => `${series.definition.name}${series.key} ${value}`),
    readings,
  ];
  const operation = (seconds = 5) => new Operation('agent_list', { warning: 1, critical: 4 }, seconds, failing);
  const reading = (level: string, message: string) => [{ subject: 'measure', name: 'agent list', level, message }];
  const label = '{operation="agent_list"}';
  t.same(shown(operation().failed(crash)), [
    [`aicrm_operation_up${label} 0`, `aicrm_operation_status_code${label} 500`],
    reading('critical', 'The list of agents cannot be loaded: HTTP 500: AI-CRM crashed'),
  ]);
  t.same(shown(operation().answered('7 agents', 1.23456)), [
    [`aicrm_operation_up${label} 1`, `aicrm_operation_duration_seconds${label} 1.23456`],
    reading('warning', '7 agents in 1.235 s; warning above 1 s, critical above 4 s'),
  ]);
  t.equal(failing.size, 0);
  t.same(shown(operation().failed(closed)), [
    [`aicrm_operation_up${label} 0`],
    reading('critical', 'The list of agents cannot be loaded: the connection was closed'),
  ]);
  t.same(shown(operation(2).failed(hung)), [[], reading('warning', 'no answer within 5 s')]);
  t.same(shown(operation(1).failed(hung)), [[], reading('unknown', 'no answer within 5 s')], 'not known to be slow');
});

t.test('the memory has one AI-CRM, and another URL is another one', async (t) => {
  const memory = new AiCrmMemory();
  const first = memory.of('http://a');
  t.equal(memory.of('http://a'), first);
  const second = memory.of('http://b');
  t.not(second, first);
  t.not(second.tasks, first.tasks);
  t.not(memory.of('http://a'), first, 'the first one is forgotten');
});
