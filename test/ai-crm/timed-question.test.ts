import t from 'tap';
import { DataFailure, NotAsked } from '../../src/access/data-access.js';
import { Operation } from '../../src/ai-crm/operation.js';
import { agentResponseQuestion, pmGatewayQuestion, timedQuestion } from '../../src/ai-crm/timed-question.js';
import { failureReasons } from '../../src/base/reason.js';
import { answered, valuesOf } from '../support/answered-questions.js';
import { never } from '../support/data.js';

const operation = (name: 'agent_suggestion' | 'pm_analysis') =>
  new Operation(name, { warning: 3, critical: 5 }, 10, new Map());
const suggestion = (value: unknown, asked?: string[]) =>
  timedQuestion(agentResponseQuestion(300), answered(value, asked), operation('agent_suggestion'));
const analysis = (value: unknown, asked?: string[]) =>
  timedQuestion(pmGatewayQuestion(600), answered(value, asked), operation('pm_analysis'));

t.test('a suggestion of agents is timed, in one request with the sample task', async (t) => {
  const asked: string[] = [];
  const { read, ...subject } = suggestion([{ agent: 'a' }, { agent: 'b' }], asked);
  t.match(subject, { name: 'agent_response', subject: 'agents', intervalSeconds: 300, requests: 1 });
  const { samples, ...result } = await read('ai_crm_agent_response', never);
  t.strictSame(asked, ['ai_crm_agent_response POST /agents/suggest']);
  t.strictSame(valuesOf(samples), {
    'aicrm_operation_up{operation="agent_suggestion"}': 1,
    'aicrm_operation_duration_seconds{operation="agent_suggestion"}': 2,
    aicrm_agent_response_seconds: 2,
    aicrm_agent_last_response_seconds: 2,
  });
  t.match(result, { message: '2 agents suggested in 2 s', durationSeconds: 2 });
  t.match(result.readings, [{ name: 'agent response', level: 'healthy', message: /^2 agents suggested in 2 s; / }]);
});

t.test('an analysis is timed, and counted as a success', async (t) => {
  const asked: string[] = [];
  const { read, ...subject } = analysis({ analysis: {} }, asked);
  t.match(subject, { name: 'pm_gateway', subject: 'pm_gateway', intervalSeconds: 600, requests: 1 });
  const { samples, ...result } = await read('ai_crm_pm_gateway', never);
  t.strictSame(asked, ['ai_crm_pm_gateway POST /pm/analyze']);
  t.strictSame(valuesOf(samples), {
    'aicrm_pm_gateway_analyses_total{result="success"}': 1,
    'aicrm_pm_gateway_analyses_total{result="failure"}': 0,
    'aicrm_operation_up{operation="pm_analysis"}': 1,
    'aicrm_operation_duration_seconds{operation="pm_analysis"}': 2,
    aicrm_pm_gateway_analysis_seconds: 2,
    aicrm_pm_gateway_last_analysis_seconds: 2,
  });
  t.equal(result.message, 'analysed in 2 s');
});

t.test('the number of suggested agents is in words, also when there is none', async (t) => {
  t.equal((await suggestion([{ agent: 'a' }]).read('x', never)).message, '1 agent suggested in 2 s');
  t.equal((await suggestion([]).read('x', never)).message, '0 agents suggested in 2 s');
});

t.test('an answer that is no suggestion or analysis is a failure', async (t) => {
  for (const [subject, message] of [
    [suggestion({}), 'POST /agents/suggest: the JSON is an object, not a list'],
    [suggestion(['a']), 'POST /agents/suggest: agent is missing or not text in a suggestion'],
    [suggestion([{ agent: 'a' }, { agent: 5 }]), 'POST /agents/suggest: agent is missing or not text in a suggestion'],
    [analysis([]), 'POST /pm/analyze: the JSON is a list, not an object'],
    [analysis({}), 'POST /pm/analyze: analysis is missing or not an object'],
    [analysis({ analysis: 'done' }), 'POST /pm/analyze: analysis is missing or not an object'],
  ] as const)
    await t.rejects(subject.read('x', never), { reason: 'json', message });
});

t.test('a failed analysis counts, unless nothing was tried or AI-CRM refused to', async (t) => {
  const failures = (failure: DataFailure) => {
    const { samples = [] } = analysis({}).onFailure?.(failure) ?? {};
    const values = valuesOf(samples);
    t.equal(values['aicrm_pm_gateway_analyses_total{result="success"}'], 0);
    return values['aicrm_pm_gateway_analyses_total{result="failure"}'];
  };
  t.strictSame(
    failureReasons.filter((reason) => failures(new DataFailure(reason, 'x')) === 0),
    failureReasons.filter((reason) => ['auth', 'rate_limited', 'refused_target', 'internal'].includes(reason)),
  );
  t.equal(failures(new NotAsked('timeout', 'x')), 0);
});

t.test('a failure has the level of its operation', async (t) => {
  const crash = new DataFailure('status', 'crashed', { statusCode: 500 });
  const { samples = [], readings } = suggestion([]).onFailure?.(crash) ?? {};
  t.strictSame(valuesOf(samples), {
    'aicrm_operation_up{operation="agent_suggestion"}': 0,
    'aicrm_operation_status_code{operation="agent_suggestion"}': 500,
  });
  t.match(readings, [{ name: 'agent response', level: 'critical' }]);
});
