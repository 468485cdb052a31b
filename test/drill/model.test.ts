import t from 'tap';
import type { FaultKind, ServiceName, TimedFaultKind } from '../../simulator/faults.js';
import { expectations } from './model.js';
import type { CrmStep, Step } from './steps.js';

function fault(
  service: ServiceName,
  kind: Exclude<FaultKind, TimedFaultKind>,
  fromSeconds: number,
  toSeconds: number,
): Step {
  return { kind: 'fault', crm: 0, service, fault: { kind }, fromSeconds, toSeconds };
}

function maintenance(
  components: Extract<CrmStep, { readonly kind: 'maintenance' }>['components'],
  fromSeconds: number,
  toSeconds: number,
): Step {
  return { kind: 'maintenance', crm: 0, by: 'command', components, fromSeconds, toSeconds };
}

/** The required notifications, and in brackets the possible ones: subject, topic, due time and end. */
function told(...steps: readonly Step[]): readonly string[] {
  return expectations(steps, 1).map(({ subject, topic, dueSeconds, overSeconds, must }) =>
    must
      ? `${subject} ${topic} ${dueSeconds} ${overSeconds}`
      : `(${subject} ${topic} ${fromTo(dueSeconds, overSeconds)})`,
  );
}

function fromTo(from: number, to: number): string {
  return `${from} ${to}`;
}

t.test('an outage is notified, a short failure is not, and one in between may be', async (t) => {
  t.same(told(fault('frontend', 'hang', 100, 300)), ['frontend down 100 300']);
  t.same(told(fault('frontend', 'hang', 100, 108)), []);
  t.same(told(fault('frontend', 'hang', 100, 130)), ['(frontend down 100 130)']);
});

t.test('an outage stays one when its fault changes, or after a moment of health', async (t) => {
  t.same(
    told(
      fault('frontend', 'refuse', 100, 200),
      fault('frontend', 'wrong-json', 200, 320),
      fault('frontend', '404', 320, 400),
    ),
    ['frontend down 100 400'],
  );
  t.same(told(fault('frontend', 'refuse', 100, 200), fault('frontend', '500', 250, 400)), ['frontend down 100 400']);
});

t.test('a failure that a dependency causes is not notified, one that outlasts it is', async (t) => {
  t.same(told(fault('postgres', 'refuse', 100, 300)), ['postgres down 100 300']);
  t.same(told(fault('postgres', 'refuse', 100, 300), fault('monitoring', '500', 150, 290)), ['postgres down 100 300']);
  t.same(
    told(fault('postgres', 'refuse', 100, 300), fault('monitoring', '500', 150, 700)),
    ['monitoring down 450 700', 'postgres down 100 300'],
    'some time after it',
  );
});

t.test('a notified outage goes on, whatever fails later', async (t) => {
  t.same(told(fault('monitoring', '500', 100, 500), fault('postgres', 'refuse', 220, 400)), [
    'monitoring down 100 500',
    'postgres down 220 400',
  ]);
  t.same(
    told(fault('monitoring', '500', 100, 300), fault('postgres', 'refuse', 220, 400)),
    ['monitoring down 100 400', 'postgres down 220 400'],
    'it is not up before its database',
  );
});

t.test('a component in maintenance is not notified before the end of the maintenance', async (t) => {
  t.same(told(maintenance(['redis'], 50, 400), fault('redis', 'refuse', 100, 300)), []);
  t.same(told(maintenance(['redis'], 50, 300), fault('redis', 'refuse', 100, 600)), ['redis down 325 600']);
  t.same(
    told(fault('redis', 'refuse', 100, 300), maintenance('all', 220, 350)),
    ['redis down 100 350'],
    'the end of an earlier notification waits, too',
  );
});

t.test('failures of many components at once are one notification', async (t) => {
  const machine = (['backend', 'frontend', 'monitoring', 'gateway', 'postgres', 'redis'] as const).map((service) =>
    fault(service, 'refuse', 100, 300),
  );
  t.same(told(...machine), ['ai-crm many down 100 300']);
  t.same(
    told(fault('frontend', 'refuse', 100, 300), fault('redis', 'refuse', 100, 300)),
    ['frontend down 100 300', 'redis down 100 300'],
    'two are not many',
  );
});

t.test('a missing exporter is notified, a restart is not, and an outage waits for the exporter', async (t) => {
  const killed = (fromSeconds: number, toSeconds: number): Step => ({
    kind: 'exporter killed',
    crm: 0,
    fromSeconds,
    toSeconds,
  });
  t.same(told(killed(100, 300)), ['ai-crm unwatched 100 300']);
  t.same(told(killed(100, 105)), []);
  t.same(told(fault('redis', 'refuse', 150, 500), killed(100, 300)), [
    'redis down 330 500',
    'ai-crm unwatched 100 300',
  ]);
});

t.test(
  'an outage is notified although Prometheus and Alertmanager crash during it, if it lasts long enough',
  async (t) => {
    const crashes: readonly Step[] = [
      { kind: 'Prometheus killed', fromSeconds: 150, toSeconds: 160 },
      { kind: 'Alertmanager killed', fromSeconds: 170, toSeconds: 180 },
    ];
    t.same(told(fault('redis', 'refuse', 100, 300), ...crashes), ['redis down 100 300']);
    t.same(told(fault('redis', 'refuse', 100, 200), ...crashes), ['(redis down 100 200)']);
    t.equal(expectations([fault('redis', 'refuse', 100, 300), ...crashes], 1)[0]?.latestBeginSeconds, 285);
  },
);
