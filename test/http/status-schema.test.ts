import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { statusDocument } from '../../src/http/status-document.js';
import { ask } from '../support/ask.js';
import { startDemoExporter } from '../support/demo-exporter.js';
import { heartbeatsOf, job } from '../support/heartbeats.js';
import {
  calmHost,
  component,
  documented,
  type FixtureOptions,
  fixtureService,
  ownReadings,
  ownSamples,
  reading,
  refused,
  withAiCrm,
} from '../support/service-fixture.js';

const schema = JSON.parse(await readFile('src/http/status.schema.json', 'utf8')) as object;

/** For users the schema allows more keys, because later versions may add some. Here each key must be in the schema, and present. */
function strict(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(strict);
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, strict(value)]));
  const { properties } = inner as { readonly properties?: object };
  const isShape = properties !== undefined && (part as { readonly type?: unknown }).type === 'object';
  return isShape ? { ...inner, required: Object.keys(properties), additionalProperties: false } : inner;
}

const options = { strict: false, validateFormats: false, allErrors: true };
const validate = new Ajv2020(options).compile(strict(schema) as object);
const validateLoosely = new Ajv2020(options).compile(schema);
const problems = (document: unknown) => {
  validate(JSON.parse(JSON.stringify(document)));
  return (validate.errors ?? []).map(({ instancePath, message, params }) => ({ instancePath, message, ...params }));
};

t.test('the answer of a running exporter matches the schema', async (t) => {
  const exporter = await startDemoExporter();
  t.teardown(() => exporter.stop());
  const document: unknown = JSON.parse((await ask(`${exporter.url}/api/status`)).text);
  t.same(problems(document), []);
  t.match(document, { name: 'AI-CRM', components: { length: /\d/ } });
});

t.test('so do an answer with failures, and one of an exporter that has just started', async (t) => {
  const { heartbeats } = await heartbeatsOf([
    job('backup', { about: { labels: {}, description: 'Everything' } }),
    job('sync'),
  ]);
  await heartbeats.report('backup', { kind: 'start' });
  await heartbeats.report('backup', { kind: 'failure', exitStatus: 3, message: 'disk full' });
  const states: readonly FixtureOptions[] = [
    { components: [], readings: [], heartbeats },
    { components: documented, readings: [], config: withAiCrm },
    { components: documented, readings: [...documented.map(({ name }) => refused(name, 7)), ...calmHost] },
    {
      config: withAiCrm,
      components: [component('backend')],
      readings: [reading('backend'), ...ownReadings],
      samples: ownSamples,
    },
  ];
  for (const state of states) {
    const service = fixtureService(state);
    const parts = { overview: service.overview(), config: service.config(), figures: service.figures(), version: '1' };
    t.same(problems(statusDocument(parts)), []);
  }
});

t.test('a missing key, an unknown one and another type are noticed', async (t) => {
  const service = fixtureService({ components: documented, readings: documented.map(({ name }) => reading(name)) });
  const parts = { overview: service.overview(), config: service.config(), figures: service.figures(), version: '1' };
  const document = statusDocument(parts) as Record<string, unknown>;
  const { level: _level, ...without } = document;
  t.match(problems(without), [{ message: "must have required property 'level'" }]);
  t.match(problems({ ...document, extra: 1 }), [{ additionalProperty: 'extra' }]);
  t.match(problems({ ...document, level: 'fine' }), [{ instancePath: '/level' }]);
  t.ok(validateLoosely({ ...document, extra: 1 }), 'later versions may add keys');
});
