import t from 'tap';
import { statusDocument } from '../../src/http/status-document.js';
import { AvailabilityHistory } from '../../src/status/history.js';
import {
  calmHost,
  component,
  type FixtureOptions,
  fixtureService,
  nowSeconds,
  reading,
} from '../support/service-fixture.js';

const noWindows = { isActive: () => false };

/** The first component of the document. */
function firstComponent(options: Partial<FixtureOptions>, history?: AvailabilityHistory): Record<string, unknown> {
  const service = fixtureService({ components: [component('backend')], readings: [], ...options });
  const parts = { overview: service.overview(), config: service.config(), figures: service.figures(), version: '1' };
  const document = statusDocument({ ...parts, ...(history && { history }) });
  const [first = {}] = (document as { readonly components: readonly Record<string, unknown>[] }).components;
  return first;
}

/** `count` slots of which nothing is known, then these. */
const slotsUntilNow = (count: number, ...last: readonly (number | null)[]) => [
  ...new Array<null>(count - last.length).fill(null),
  ...last,
];

t.test('the availability has a ratio for each slot, null where nothing is known, and its source', async (t) => {
  const history = new AvailabilityHistory();
  const availability = () => firstComponent({}, history)['availability'];
  t.same(
    availability(),
    {
      known_from: 'exporter',
      known_since: null,
      known_since_seconds: null,
      last_24_hours: { ratio: null, slots: slotsUntilNow(48) },
      last_30_days: { ratio: null, slots: slotsUntilNow(30) },
    },
    'before the first probe',
  );
  const collected = (up: boolean) => ({ samples: [], readings: [reading('backend', { up })] });
  const run = { collector: 'backend', success: true, durationSeconds: 0.1, intervalSeconds: 60 } as const;
  for (const [age, up] of [
    [120, true],
    [60, false],
    [0, true],
  ] as const)
    history.accept({ ...run, endedAtSeconds: nowSeconds - age, collected: collected(up) }, noWindows);
  t.same(availability(), {
    known_from: 'exporter',
    known_since: '2026-11-23T08:13:30.000Z',
    known_since_seconds: nowSeconds - 120,
    last_24_hours: { ratio: 0.5, slots: slotsUntilNow(48, 0.5) },
    last_30_days: { ratio: 0.5, slots: slotsUntilNow(30, 0.5) },
  });
  history.replace({
    day: new Map([['backend', new Map([[Math.floor(nowSeconds / 1800 - 2) * 1800, 0.25]])]]),
    month: new Map(),
  });
  t.match(availability(), {
    known_from: 'prometheus',
    known_since: null,
    last_24_hours: { slots: slotsUntilNow(48, 0.25, null, 0.5) },
    last_30_days: { ratio: null, slots: slotsUntilNow(30) },
  });
  t.equal(firstComponent({})['availability'], null, 'a report of one moment has none');
});

t.test('a reading has what the answer told, and null for the rest', async (t) => {
  const readingOf = (change: Parameters<typeof reading>[1]) =>
    firstComponent({ readings: [reading('backend', change), ...calmHost] })['reading'];
  t.match(readingOf({}), { status_code: 200, response_bytes: 42, ip_protocol: 4, uptime_seconds: null });
  t.match(readingOf({ uptimeSeconds: 7 }), { certificate: null, uptime_seconds: 7 });
  const expires = { expires_at: '2026-11-24T08:15:30.000Z', expires_at_seconds: nowSeconds + 86_400 };
  const certificate = { expiryTimestampSeconds: nowSeconds + 86_400, verified: true };
  t.match(readingOf({ certificate }), { certificate: { ...expires, whose: null, verified: true } });
  t.match(readingOf({ certificate: { ...certificate, whose: 'mail.example' } }), {
    certificate: { whose: 'mail.example' },
  });
});
