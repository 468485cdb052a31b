import t from 'tap';
import { branches } from '../../src/alertmanager/routing.js';
import type { ChannelChoice } from '../../src/config/sections/channel-choice.js';

/** The branch for critical alerts, with channels of these names and choices. */
function critical(channels: Readonly<Record<string, ChannelChoice>>, ...forJobs: readonly string[]) {
  const all = branches(
    Object.entries(channels).map(([name, choice]) => ({ name, choice, isForJobs: forJobs.includes(name) })),
  );
  return all.map(({ value }) => value).find(({ matchers }) => matchers?.includes('severity="critical"'));
}

const branch = { matchers: ['severity="critical"'], group_wait: '5s', group_interval: '1m', repeat_interval: '1h' };
const several = 'alertname="AiCrmComponentsDown"';

t.test('an alert reaches each channel that takes it: all routes but the last continue', async (t) => {
  t.strictSame(critical({ mail: {}, none: { severities: ['info'] }, slack: { severities: ['critical'] }, hook: {} }), {
    ...branch,
    routes: [{ receiver: 'mail', continue: true }, { receiver: 'slack', continue: true }, { receiver: 'hook' }],
  });
  t.strictSame(critical({ mail: {}, none: { severities: ['info'] } }), { receiver: 'mail', ...branch });
  t.strictSame(critical({ none: { severities: [] } }), { receiver: 'nobody', ...branch });
});

t.test('a channel that chooses gets what it chooses, and the alert about several components at once', async (t) => {
  t.strictSame(critical({ mail: { components: ['shop'] } }), {
    ...branch,
    routes: [
      { receiver: 'mail', matchers: ['component="shop"'], continue: true },
      { receiver: 'mail', matchers: [several] },
    ],
  });
  t.strictSame(
    critical({ jobs: { components: ['sync'] } }, 'jobs'),
    { ...branch, routes: [{ receiver: 'jobs', matchers: ['component="sync"'] }] },
    'jobs are no components',
  );
  t.strictSame(critical({ some: { groups: ['Shop'] }, mail: {} })?.routes, [
    { receiver: 'some', matchers: ['group="Shop"'], continue: true },
    { receiver: 'some', matchers: [several], continue: true },
    { receiver: 'mail' },
  ]);
});

t.test('chosen values are matched as they are, and no character has a meaning', async (t) => {
  const cases: readonly (readonly [choice: ChannelChoice, matchers: readonly string[]])[] = [
    [{ components: ['a.b'] }, ['component="a.b"']],
    [{ components: ['a.b', 'c'] }, ['component=~"a\\\\.b|c"']],
    [{ groups: ['"a" \\ b'] }, ['group="\\"a\\" \\\\ b"']],
    [{ groups: ['a"b', '(c|d)\\'] }, ['group=~"a\\"b|\\\\(c\\\\|d\\\\)\\\\\\\\"']],
    [
      { components: ['a'], labels: { team: ['x', 'y'], tier: 1 }, groups: ['g'] },
      ['component="a"', 'team=~"x|y"', 'tier="1"', 'group="g"'],
    ],
  ];
  for (const [choice, matchers] of cases)
    t.same(critical({ mail: choice })?.routes?.[0]?.matchers, matchers, JSON.stringify(choice));
});
