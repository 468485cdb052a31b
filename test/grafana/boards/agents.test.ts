import t from 'tap';
import { agents } from '../../../grafana/boards/agents.js';
import { boardQuery, testQueries } from '../../support/board-query.js';

const board = agents();
const exporter = 'job="crm",instance="a:1"';
const open = (agent: string, instance = 'a:1') =>
  `aicrm_agent_tasks{job="crm",instance="${instance}",agent="${agent}",state="open"}`;
const success = (agent: string) => `aicrm_agent_success_ratio{${exporter},agent="${agent}"}`;
const usual = (agent: string) => `job_agent:aicrm_agent_success_ratio:avg1w{job="crm",agent="${agent}"}`;
const hourly = (agent: string) => `job_agent:aicrm_agent_tasks_open:max1h{job="crm",agent="${agent}"}`;

testQueries(t, 'a response time that stands for all agents is shown whoever is chosen', (t, wrongAnswers) => {
  const series = {
    [`aicrm_agent_last_response_seconds{${exporter}}`]: '2x5',
    [`job_agent:aicrm_agent_last_response_seconds:median10m{job="crm"}`]: '2x5',
    [open('ada')]: '1x5',
    [open('bob')]: '1x5',
  };
  const all = { '{job="crm"}': 2 };
  t.equal(
    wrongAnswers(series, [
      ...['.+', 'ada', '(ada|bob)'].map((agent) => ({
        query: boardQuery(board, 6, 'A', { agent }),
        at: '5m',
        gives: { '{is="slowest", job="crm"}': 2 },
      })),
      { query: boardQuery(board, 21, 'A'), at: '5m', gives: {} },
      { query: boardQuery(board, 21, 'B'), at: '5m', gives: {} },
      { query: boardQuery(board, 21, 'C'), at: '5m', gives: all },
      // Each agent still has a line, and the table has a word instead of the number.
      { query: `count(${boardQuery(board, 10, 'E')})`, at: '5m', gives: { '{}': 2 } },
      { query: `(${boardQuery(board, 10, 'E')}) >= 0`, at: '5m', gives: {} },
    ]),
    '',
  );
});

testQueries(t, 'and where AI-CRM tells one for each agent, it is that of those who are chosen', (t, wrongAnswers) => {
  const of = (agent: string) => `aicrm_agent_last_response_seconds{${exporter},agent="${agent}"}`;
  const median = (agent: string) => `job_agent:aicrm_agent_last_response_seconds:median10m{job="crm",agent="${agent}"}`;
  t.equal(
    wrongAnswers({ [of('ada')]: '1x5', [of('bob')]: '4x5', [median('ada')]: '1x5', [median('bob')]: '4x5' }, [
      { query: boardQuery(board, 6), at: '5m', gives: { '{is="slowest", job="crm"}': 4 } },
      { query: boardQuery(board, 6, 'A', { agent: 'ada' }), at: '5m', gives: { '{is="slowest", job="crm"}': 1 } },
      { query: boardQuery(board, 21), at: '5m', gives: { '{job="crm"}': 4 } },
      { query: boardQuery(board, 21, 'B'), at: '5m', gives: { '{job="crm"}': 2.5 } },
      { query: boardQuery(board, 21, 'C'), at: '5m', gives: {} },
    ]),
    '',
  );
});

testQueries(t, 'two exporters of one AI-CRM count its tasks once', (t, wrongAnswers) => {
  t.equal(
    wrongAnswers(
      { [open('ada')]: '3x5', [open('ada', 'b:1')]: '3x5', [open('bob')]: '0x5', [open('bob', 'b:1')]: '0x5' },
      [
        { query: boardQuery(board, 2), at: '5m', gives: { '{job="crm"}': 3 } },
        { query: boardQuery(board, 3), at: '5m', gives: { '{job="crm"}': 1 } },
        { query: boardQuery(board, 11), at: '5m', gives: { '{job="crm", agent="ada"}': 3 } },
      ],
    ),
    '',
  );
});

testQueries(
  t,
  'who changed is named with the direction, and the three columns are about the same agents',
  (t, wrongAnswers) => {
    const series = {
      [success('ada')]: '0.25x5',
      [usual('ada')]: '0.75x5',
      [success('bob')]: '1x5',
      [usual('bob')]: '0.5x5',
      [success('cyd')]: '0.5x5',
      [usual('cyd')]: '0.5x5',
      [success('new')]: '0.5x5',
    };
    const bobAndAda = (ada: number, bob: number) => ({
      '{job="crm", agent="ada"}': ada,
      '{job="crm", agent="bob"}': bob,
    });
    t.equal(
      wrongAnswers(series, [
        {
          query: boardQuery(board, 31),
          at: '5m',
          gives: {
            '{job="crm", agent="ada", direction="▼ lower"}': -0.5,
            '{job="crm", agent="bob", direction="▲ higher"}': 0.5,
          },
        },
        { query: boardQuery(board, 31, 'B'), at: '5m', gives: bobAndAda(0.25, 1) },
        { query: boardQuery(board, 31, 'C'), at: '5m', gives: bobAndAda(0.75, 0.5) },
      ]),
      '',
    );
  },
);

testQueries(
  t,
  'an agent that is no longer listed is named with what it had, but not while nothing is known of any',
  (t, wrongAnswers) => {
    const query = boardQuery(board, 41);
    // Bob disappears after an hour. After two hours AI-CRM does not answer any more.
    const series = {
      [`aicrm_agents{${exporter}}`]: '2x60 1x59 stale',
      [open('ada')]: '1x119 stale',
      [open('bob')]: '4x60 stale',
      [hourly('ada')]: '1x60',
      [hourly('bob')]: '4x60',
    };
    t.equal(
      wrongAnswers(series, [
        { query, at: '30m', gives: {} },
        { query, at: '90m', gives: { '{job="crm", agent="bob"}': 4 } },
        { query: `(${query}) >= 0`, at: '130m', gives: {} },
      ]),
      '',
    );
  },
);

testQueries(t, 'the idlest are those of a week where that is known, and of now where it is not', (t, wrongAnswers) => {
  t.equal(
    wrongAnswers({ [open('ada')]: '0x10', [hourly('ada')]: '2x10', [open('new')]: '1x10', [hourly('gone')]: '0x10' }, [
      {
        query: boardQuery(board, 12),
        at: '10m',
        gives: { '{job="crm", agent="ada"}': 2, '{job="crm", agent="new"}': 1 },
      },
    ]),
    '',
  );
});

testQueries(t, 'what is usual does not stand alone while nothing is known of now', (t, wrongAnswers) => {
  const usually = 'job:aicrm_agents:median1w{job="crm"}';
  const unknown = { query: `count(${boardQuery(board, 1)}) unless (${boardQuery(board, 1)}) >= 0`, at: '2m' };
  t.equal(wrongAnswers({ [usually]: '62x5' }, [{ ...unknown, gives: { '{}': 1 } }]), '');
  t.equal(
    wrongAnswers({ [usually]: '62x5', [`aicrm_agents{${exporter}}`]: '61x5' }, [
      { query: boardQuery(board, 1), at: '2m', gives: { '{job="crm"}': 61 } },
    ]),
    '',
  );
  // The table is not empty either, and does not say that everything is well.
  const says = (id: number) => `count by (note) (${boardQuery(board, id)})`;
  const notTold = { '{note="AI-CRM does not report its agents now"}': 1 };
  const notKnown = { '{note="not known: AI-CRM does not report its agents now"}': 1 };
  t.equal(
    wrongAnswers({ [usually]: '62x5' }, [
      { query: says(10), at: '2m', gives: notTold },
      { query: says(41), at: '2m', gives: notKnown },
    ]),
    '',
  );
});
