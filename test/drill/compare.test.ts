import t from 'tap';
import { compare, type TimedMessage } from './compare.js';
import { type Channel, channels } from './heard.js';
import { expectations } from './model.js';
import type { Step } from './steps.js';

const outage: Step = {
  kind: 'fault',
  crm: 0,
  service: 'redis',
  fault: { kind: 'refuse' },
  fromSeconds: 100,
  toSeconds: 300,
};
const expected = expectations([outage], 1);

function message(channel: Channel, atSeconds: number, isOver: boolean, subject = 'redis'): TimedMessage {
  return {
    channel,
    job: 'ai-crm',
    atMilliseconds: atSeconds * 1000,
    atSeconds,
    told: [{ isOver, topic: 'down', subject, sentence: isOver ? `${subject} is back` : `${subject} is down` }],
    text: '',
  };
}

const everywhere = (atSeconds: number, isOver: boolean, subject?: string) =>
  channels.map((channel) => message(channel, atSeconds, isOver, subject));
const mistakesOf = (messages: readonly TimedMessage[]) =>
  compare(expected, messages).mistakes.map(({ kind, channel }) => `${kind} ${channel}`);

t.test('a begin and an end on every channel are right, and the slowest channel gives the time', async (t) => {
  const rightly = [...everywhere(130, false).slice(1), message('email', 142, false), ...everywhere(400, true)];
  t.match(compare(expected, rightly), { mistakes: [], told: 8, secondsToDelivery: [42] });
});

t.test('a notification that a channel did not get is missed, also the end', async (t) => {
  const withoutSlack = [...everywhere(130, false), ...everywhere(400, true)].filter(
    ({ channel }) => channel !== 'slack',
  );
  t.same(mistakesOf(withoutSlack), ['missed slack']);
  t.same(
    mistakesOf(everywhere(130, false)),
    channels.map((channel) => `missed ${channel}`),
  );
});

t.test('an unexpected notification is false: another component, an early end, an end without a begin', async (t) => {
  const rightly = [...everywhere(130, false), ...everywhere(400, true)];
  t.same(mistakesOf([...rightly, message('email', 200, false, 'frontend'), message('email', 250, true, 'frontend')]), [
    'false email',
    'false email',
  ]);
  t.same(
    mistakesOf([...rightly, message('console', 50, true)].sort((a, b) => a.atSeconds - b.atSeconds)),
    ['doubled console'],
    'it is not the end of anything',
  );
  t.same(
    mistakesOf([...everywhere(130, false), ...everywhere(280, true)]).filter((mistake) => mistake.endsWith('email')),
    ['false email', 'missed email'],
  );
});

t.test('a repeated begin is doubled, and an outage that goes on is not notified again', async (t) => {
  const rightly = [...everywhere(130, false), ...everywhere(400, true)];
  t.same(mistakesOf([...everywhere(130, false), message('webhook', 200, false), ...everywhere(400, true)]), [
    'doubled webhook',
  ]);
  t.same(
    mistakesOf([
      ...rightly.slice(0, 4),
      message('slack', 200, true),
      message('slack', 260, false),
      ...rightly.slice(4),
    ]),
    ['false slack', 'doubled slack'],
  );
});

t.test('a notification after its time limit is late', async (t) => {
  t.same(mistakesOf([...everywhere(130, false).slice(1), message('email', 165, false), ...everywhere(400, true)]), [
    'late email',
  ]);
  t.same(mistakesOf([...everywhere(130, false), ...everywhere(400, true).slice(1), message('email', 600, true)]), [
    'late email',
  ]);
});
