import t from 'tap';
import { aiCrmDefaults } from '../src/config/sections/ai-crm-section.js';
import {
  type Hour,
  type HourOptions,
  type Outage,
  simulateHour,
  type Upstream,
  type Way,
} from './support/simulated-crm.js';

/**
 * The operational trap as a property. For any behaviour of the service that AI-CRM calls, and any way to AI-CRM, data requests do not
 * freeze AI-CRM for more than their share, do not cause pages, and do not hide an outage.
 */
const upstreams: readonly Upstream[] = ['hang', 'slow', 'refused', 'fine'];
const ways: readonly Way[] = ['direct', 'through nginx', 'both'];
/** The longest freeze by one query, which nobody can know before. */
const longestQuerySeconds: Readonly<Record<Upstream, number>> = { hang: 93, slow: 8, refused: 3, fine: 0.4 };
const longestDelaySeconds = 45;

// About 30 hours are simulated in about 15 s. A busy machine takes longer.
t.setTimeout(240_000);

const withoutData = new Map<string, Promise<Hour>>();

/** The times of the pages for each component with and without data requests. */
async function toldWithAndWithout(options: HourOptions & { readonly outage: Outage }) {
  const seconds = options.outage.untilSeconds + 60;
  const key = `${options.way} ${options.outage.kind}`;
  // Without data requests the upstream has no effect.
  const watching = withoutData.get(key) ?? simulateHour({ ...options, seconds, isWatchingOnly: true });
  withoutData.set(key, watching);
  const [withData, without] = [await simulateHour({ ...options, seconds }), await watching];
  return { withData, without: new Map(without.pages.map(({ component, atSeconds }) => [component, atSeconds])) };
}

for (const upstream of upstreams) {
  for (const way of ways) {
    t.test(
      `upstream ${upstream}, ${way}: in an hour no page is sent, and at most the share and one query are frozen`,
      async (t) => {
        const { frozenSeconds, countedSeconds, queries, pages, probes } = await simulateHour({ upstream, way });
        t.same(pages, []);
        t.ok(
          frozenSeconds <= (upstream === 'hang' ? longestQuerySeconds.hang : 3600 * aiCrmDefaults.freezeLimitRatio),
          `${frozenSeconds} s frozen`,
        );
        t.ok(
          countedSeconds >= frozenSeconds - 0.1 && countedSeconds <= frozenSeconds + 3,
          `${countedSeconds} s counted`,
        );
        t.ok(queries.length >= { hang: 1, slow: 14, refused: 6, fine: 56 }[upstream], `${queries.length} queries`);
        t.ok(probes >= 110 * { direct: 1, 'through nginx': 2, both: 3 }[way], `${probes} probes counted`);
      },
    );

    for (const [kind, fromSeconds] of [
      ['frozen', 437.3],
      ['gone', 300],
    ] as const) {
      t.test(
        `upstream ${upstream}, ${way}: a backend that is ${kind} from ${fromSeconds} s on is reported as soon as without data requests`,
        async (t) => {
          const { withData, without } = await toldWithAndWithout({
            upstream,
            way,
            outage: { kind, fromSeconds, untilSeconds: fromSeconds + 240 },
          });
          t.ok(without.size > 0);
          for (const { component } of withData.pages)
            t.ok(without.has(component), `${component} is reported only when it is down`);
          for (const [component, atSeconds] of without) {
            const told =
              withData.pages.find((page) => page.component === component)?.atSeconds ?? Number.POSITIVE_INFINITY;
            t.ok(told - atSeconds <= longestDelaySeconds, `${component}: at ${told} s, without at ${atSeconds} s`);
          }
        },
      );
    }
  }
}

t.test('in six hours of a hanging upstream the share is exceeded by at most one query', async (t) => {
  const seconds = 6 * 3600;
  const { frozenSeconds, pages, queries } = await simulateHour({ upstream: 'hang', way: 'direct', seconds });
  t.same(pages, []);
  t.ok(queries.length >= 4, 'and it is tried again');
  t.ok(
    frozenSeconds <= seconds * aiCrmDefaults.freezeLimitRatio + longestQuerySeconds.hang,
    `${frozenSeconds} s frozen`,
  );
});

t.test(
  'an outage that begins while our own query freezes the backend is reported after the freeze; one of another kind at once',
  async (t) => {
    const frozen = await simulateHour({
      upstream: 'hang',
      way: 'direct',
      outage: { kind: 'frozen', fromSeconds: 20, untilSeconds: 320 },
      seconds: 400,
    });
    // Our query, and then the users' queries that waited for it.
    t.ok((frozen.pages[0]?.atSeconds ?? Number.POSITIVE_INFINITY) <= 95 + 15 + 20, `${frozen.pages[0]?.atSeconds} s`);
    const gone = await simulateHour({
      upstream: 'hang',
      way: 'direct',
      outage: { kind: 'gone', fromSeconds: 40, untilSeconds: 320 },
      seconds: 400,
    });
    t.ok((gone.pages[0]?.atSeconds ?? Number.POSITIVE_INFINITY) <= 40 + 15 + 20, `${gone.pages[0]?.atSeconds} s`);
  },
);

t.test('if no answer identifies the server, the configuration does', async (t) => {
  const hour = { upstream: 'hang', way: 'through nginx', isPlainHealth: true, seconds: 600 } as const;
  t.match((await simulateHour(hour)).pages, [{ component: 'backend' }], 'an unknown component causes a page');
  t.same((await simulateHour({ ...hour, told: { components: ['backend'] } })).pages, [], 'ai_crm.components');
  t.same(
    (await simulateHour({ ...hour, told: { dependsOn: { gateway: ['backend'] } } })).pages,
    [],
    'depends_on of the gateway before it',
  );
  const both = { ...hour, way: 'both' } as const;
  t.match((await simulateHour(both)).pages, [{ component: 'api' }]);
  t.same(
    (await simulateHour({ ...both, told: { dependsOn: { api: ['backend'] } } })).pages,
    [],
    'depends_on of another way to it',
  );
});
